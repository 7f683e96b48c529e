#include "tools/limbeck/command_finetune.h"

#include "data/asset.h"
#include "tools/limbeck/commands.h"

namespace limbeck::tools {

FinetuneCommand::FinetuneCommand()
    : Command(
          {"finetune",
           "fine-tune a teacher or a student on labelled sentences or pairs",
           "Trains the encoder and a task head together and keeps the evaluation that is best on "
           "the dev examples. Controls, the same architecture without distillation, are trained "
           "and reported beside the model.",
           {{"limbeck finetune --model student --task sst2 --glue-dir glue --output sst2",
             "a GLUE task"},
            {"limbeck finetune --model student --train a.tsv --dev b.tsv --output own --control",
             "your own labels, with the control"}}}) {
  table()
      .bind(options_)
      .bind(training_)
      .bind(directory_)
      .directory("model")
      .directory("glue_dir")
      .file("train")
      .file("dev")
      .directory("output")
      .choices("optimizer", {"adamw", "sgd", "adadelta"})
      .choices("schedule", {"constant", "linear", "cosine"});
  bind_general();
}

int FinetuneCommand::run(const Invocation& invocation) {
  options_.validate();
  if (directory_.overwrite && directory_.resume)
    throw ConfigError("--resume: expected either --resume or --overwrite, got both");
  return run_training_command(*this, invocation);
}

std::unique_ptr<Command> make_finetune() { return std::make_unique<FinetuneCommand>(); }

}  // namespace limbeck::tools
