#pragma once

#include "tools/limbeck/command.h"

/// One function a command that needs LibTorch, in run_NAME.cpp; the rows of training_table.cpp.
namespace limbeck::tools {

int run_distill(Command& command, const Invocation& invocation);
int run_finetune(Command& command, const Invocation& invocation);
/// `limbeck finetune --certified`.
int run_certified_training(Command& command, const Invocation& invocation);
int run_certify(Command& command, const Invocation& invocation);
int run_train_lm(Command& command, const Invocation& invocation);
int run_debias(Command& command, const Invocation& invocation);
int run_inspect(Command& command, const Invocation& invocation);

}  // namespace limbeck::tools
