#include "tools/limbeck/train/training_table.h"

#include <ATen/Parallel.h>

#include <array>
#include <stdexcept>

#include "nlp/core/threads.h"

namespace limbeck::tools {
namespace {

struct Row {
  const char* name;
  int (*run)(Command&, const Invocation&);
};

constexpr std::array kRows = {Row{"distill", run_distill}, Row{"finetune", run_finetune},
                              Row{"certify", run_certify}, Row{"train-lm", run_train_lm},
                              Row{"debias", run_debias},   Row{"inspect", run_inspect}};

}  // namespace

int run_training_command(Command& command, const Invocation& invocation) {
  at::set_num_threads(thread_count());  // LibTorch may start at 1
  for (const Row& row : kRows)
    if (command.text().name == row.name) return row.run(command, invocation);
  throw std::logic_error("limbeck-train has no command '" + command.text().name + "'");
}

}  // namespace limbeck::tools
