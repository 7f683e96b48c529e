#include "tools/limbeck/command_distill.h"

#include "tools/limbeck/commands.h"

namespace limbeck::tools {
namespace {

/// A few seconds of training: a student that collapses to one answer is seen in the first minute.
constexpr int64_t kEvaluationSteps = 500;

}  // namespace

DistillCommand::DistillCommand()
    : Command({"distill",
               "distil a BERT sentence encoder into a BiLSTM student",
               "Trains a small BiLSTM to give the sentence vectors of a frozen BERT, from plain "
               "text alone: no labels, no task. The output directory holds the student, its report "
               "and everything needed to continue.",
               {{"limbeck distill --teacher DIR --text a.txt b.txt.gz --output student",
                 "distils with the default student"},
                {"limbeck distill --teacher DIR --text a.txt --output student --resume",
                 "continues after an interruption"}}}) {
  training_.eval_every = kEvaluationSteps;
  table()
      .bind(options_)
      .bind(training_)
      .bind(directory_)
      .directory("teacher")
      .file("text")
      .file("held_out")
      .directory("output")
      .file("student_config")
      .file("glove")
      .file("vocabulary_model")
      .file("pairs")
      .choices("loss", {"cosine", "mse", "huber"})
      .choices("pooling", {"model", "cls", "mean", "max"})
      .choices("teacher_dtype", {"float32", "bfloat16", "int8"})
      .choices("embedding_init", {"random", "teacher", "glove"})
      .choices("own_vocabulary_kind", {"unigram", "bpe"})
      .choices("optimizer", {"adamw", "sgd", "adadelta"})
      .choices("schedule", {"constant", "linear", "cosine"})
      .choices("dtype", {"float32", "bfloat16"});
  bind_general();
}

int DistillCommand::run(const Invocation& invocation) {
  options_.validate();
  distill::require_monitor(options_, training_.monitor);
  if (directory_.overwrite && directory_.resume)
    throw ConfigError("--resume: expected either --resume or --overwrite, got both");
  return run_training_command(*this, invocation);
}

std::unique_ptr<Command> make_distill() { return std::make_unique<DistillCommand>(); }

}  // namespace limbeck::tools
