#include "tools/limbeck/command_debias.h"

#include "tools/limbeck/commands.h"

namespace limbeck::tools {

DebiasCommand::DebiasCommand()
    : Command(
          {"debias",
           "go on training a language model with a fairness regulariser",
           "Trains on running text that mentions values of sensitive attributes, such that the "
           "model makes the same of a text when the value is exchanged, and compares with the "
           "model before and with a control: the same steps without the regulariser. Writes the "
           "model, report.html and report.json.",
           {{"limbeck debias --model DIR --text a.txt --attribute country --output fair",
             "low-rank adapters, embedding regularisation of weight 10"},
            {"limbeck debias --model DIR --text a.txt --attribute name --lambda 1 10 --output fair",
             "two weights, one run each"}}}) {
  training_.epochs = 1;
  training_.batch_size = 16;
  training_.learning_rate = 1e-4;
  training_.log_every = 10;
  table()
      .bind(options_)
      .bind(training_)
      .bind(directory_)
      .file("model")
      .file("text")
      .file("held_out")
      .file("templates")
      .file("lexicon")
      .directory("encoder")
      .directory("output")
      .choices("regulariser", {"embedding", "sentiment"})
      .choices("method", {"adapters", "embeddings", "full"})
      .choices("optimizer", {"adamw", "sgd", "adadelta"})
      .choices("schedule", {"constant", "linear", "cosine"})
      .choices("dtype", {"float32", "bfloat16"});
  bind_general();
}

int DebiasCommand::run(const Invocation& invocation) {
  options_.validate();
  if (directory_.overwrite && directory_.resume)
    throw ConfigError("--resume: expected either --resume or --overwrite, got both");
  return run_training_command(*this, invocation);
}

std::unique_ptr<Command> make_debias() { return std::make_unique<DebiasCommand>(); }

}  // namespace limbeck::tools
