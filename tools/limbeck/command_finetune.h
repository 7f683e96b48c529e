#pragma once

#include "distill/finetune_options.h"
#include "nlp/train/trainer_options.h"
#include "tools/limbeck/command.h"
#include "verify/options/certified_training_options.h"

namespace limbeck::tools {

/// `limbeck finetune`: the option tree needs no LibTorch, the work is done by limbeck-train.
class FinetuneCommand final : public Command {
 public:
  FinetuneCommand();
  int run(const Invocation& invocation) override;

  const distill::FineTuneOptions& options() const { return options_; }
  const nlp::TrainerOptions& training() const { return training_; }
  const OutputDirectoryOptions& directory() const { return directory_; }
  const verify::CertifiedTrainingOptions& certified() const { return certified_; }

 private:
  void validate() const;

  distill::FineTuneOptions options_;
  verify::CertifiedTrainingOptions certified_;
  nlp::TrainerOptions training_;
  OutputDirectoryOptions directory_;
};

}  // namespace limbeck::tools
