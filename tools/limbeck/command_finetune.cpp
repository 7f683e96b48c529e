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
           "and reported beside the model. With --certified, a network of whole words is trained "
           "so "
           "that replacing words by synonyms provably keeps its answers; limbeck certify reads it.",
           {{"limbeck finetune --model student --task sst2 --glue-dir glue --output sst2",
             "a GLUE task"},
            {"limbeck finetune --model student --train a.tsv --dev b.tsv --output own --control",
             "your own labels, with the control"},
            {"limbeck finetune --certified --train a.json --dev b.json --synonyms words.json "
             "--output robust",
             "training for certification"}}}) {
  table()
      .bind(options_)
      .bind(certified_)
      .bind(training_)
      .bind(directory_)
      .directory("model")
      .directory("glue_dir")
      .file("train")
      .file("dev")
      .file("synonyms")
      .file("vocabulary")
      .choices("architecture", {"transformer", "lstm", "bag_of_words"})
      .directory("output")
      .choices("optimizer", {"adamw", "sgd", "adadelta"})
      .choices("schedule", {"constant", "linear", "cosine"})
      .choices("dtype", {"float32", "bfloat16"});
  bind_general();
}

int FinetuneCommand::run(const Invocation& invocation) {
  validate();
  if (directory_.overwrite && directory_.resume)
    throw ConfigError("--resume: expected either --resume or --overwrite, got both");
  return run_training_command(*this, invocation);
}

/// Options of the one kind of training say nothing in the other: the telling ones are refused.
void FinetuneCommand::validate() const {
  if (!certified_.certified) {
    for (const auto& [flag, value] : {std::pair{"--synonyms", &certified_.synonyms},
                                      std::pair{"--vocabulary", &certified_.vocabulary}})
      if (!value->empty())
        throw ConfigError(std::string(flag) + ": expected --certified beside it");
    options_.validate();
    return;
  }
  if (!options_.task.empty() || !options_.glue_dir.empty())
    throw ConfigError("--certified: expected --train FILE --dev FILE, got --task or --glue-dir");
  if (options_.control || options_.control_initial || options_.repeats != 1)
    throw ConfigError("--certified: trains no controls and repeats nothing");
  if (training_.dtype != "float32")
    throw ConfigError("--dtype: expected float32 beside --certified, got " + training_.dtype);
  certified_.validate();
}

std::unique_ptr<Command> make_finetune() { return std::make_unique<FinetuneCommand>(); }

}  // namespace limbeck::tools
