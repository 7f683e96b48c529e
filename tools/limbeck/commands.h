#pragma once

#include <memory>

#include "tools/limbeck/command.h"

/// One function a subcommand, in command_NAME.cpp; the rows of command_table.cpp.
namespace limbeck::tools {

std::unique_ptr<Command> make_tokenize();
std::unique_ptr<Command> make_embed();
std::unique_ptr<Command> make_distill();
std::unique_ptr<Command> make_finetune();
std::unique_ptr<Command> make_eval();
std::unique_ptr<Command> make_compare();
std::unique_ptr<Command> make_certify();
std::unique_ptr<Command> make_check_certificate();
std::unique_ptr<Command> make_generate();
std::unique_ptr<Command> make_perplexity();
std::unique_ptr<Command> make_audit();
std::unique_ptr<Command> make_train_lm();
std::unique_ptr<Command> make_debias();
std::unique_ptr<Command> make_assets();
std::unique_ptr<Command> make_inspect();
std::unique_ptr<Command> make_report();
std::unique_ptr<Command> make_doctor();
std::unique_ptr<Command> make_completion();
std::unique_ptr<Command> make_man();
std::unique_ptr<Command> make_version();

}  // namespace limbeck::tools
