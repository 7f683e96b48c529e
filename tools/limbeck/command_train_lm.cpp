#include "tools/limbeck/command_train_lm.h"

#include "tools/limbeck/commands.h"

namespace limbeck::tools {
namespace {

constexpr int64_t kEvaluationSteps = 500;

}  // namespace

TrainLmCommand::TrainLmCommand()
    : Command(
          {"train-lm",
           "train a small causal language model from plain text",
           "Learns a SentencePiece vocabulary and a causal Transformer of the Llama or GPT-2 "
           "family "
           "from plain text and keeps the evaluation with the lowest loss on held-out lines. The "
           "output directory is a model for generate, perplexity, audit and debias.",
           {{"limbeck train-lm --text a.txt b.txt.gz --output lm",
             "4 layers of width 256, 8,000 pieces"},
            {"limbeck train-lm --text a.txt --output lm --resume",
             "continues after an interruption"}}}) {
  training_.batch_size = 16;
  training_.schedule.schedule = "cosine";
  training_.optimizer.beta2 = 0.95;
  training_.optimizer.weight_decay = 0.1;
  training_.eval_every = kEvaluationSteps;
  table()
      .bind(options_)
      .bind(training_)
      .bind(directory_)
      .file("text")
      .file("held_out")
      .directory("output")
      .choices("vocabulary_kind", {"unigram", "bpe"})
      .choices("architecture", {"llama", "gpt2"})
      .choices("optimizer", {"adamw", "sgd", "adadelta"})
      .choices("schedule", {"constant", "linear", "cosine"})
      .choices("dtype", {"float32", "bfloat16"});
  bind_general();
}

int TrainLmCommand::run(const Invocation& invocation) {
  options_.validate();
  if (directory_.overwrite && directory_.resume)
    throw ConfigError("--resume: expected either --resume or --overwrite, got both");
  return run_training_command(*this, invocation);
}

std::unique_ptr<Command> make_train_lm() { return std::make_unique<TrainLmCommand>(); }

}  // namespace limbeck::tools
