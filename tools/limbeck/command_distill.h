#pragma once

#include "distill/distill_options.h"
#include "nlp/train/trainer_options.h"
#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// `limbeck distill`: the option tree needs no LibTorch, the work is done by limbeck-train.
class DistillCommand final : public Command {
 public:
  DistillCommand();
  int run(const Invocation& invocation) override;

  const distill::DistillOptions& options() const { return options_; }
  const nlp::TrainerOptions& training() const { return training_; }
  const OutputDirectoryOptions& directory() const { return directory_; }

 private:
  distill::DistillOptions options_;
  nlp::TrainerOptions training_;
  OutputDirectoryOptions directory_;
};

}  // namespace limbeck::tools
