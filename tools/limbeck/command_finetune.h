#pragma once

#include "distill/finetune_options.h"
#include "nlp/train/trainer_options.h"
#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// `limbeck finetune`: the option tree needs no LibTorch, the work is done by limbeck-train.
class FinetuneCommand final : public Command {
 public:
  FinetuneCommand();
  int run(const Invocation& invocation) override;

  const distill::FineTuneOptions& options() const { return options_; }
  const nlp::TrainerOptions& training() const { return training_; }
  const OutputDirectoryOptions& directory() const { return directory_; }

 private:
  distill::FineTuneOptions options_;
  nlp::TrainerOptions training_;
  OutputDirectoryOptions directory_;
};

}  // namespace limbeck::tools
