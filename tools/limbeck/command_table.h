#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// The name of every command, in the order of the overview.
std::vector<std::string> command_names();

/// Throws: ConfigError `unknown command 'embd' (did you mean 'embed'?)`.
std::unique_ptr<Command> make_command(std::string_view name);

/// All of them, for what is generated from the option tree.
std::vector<std::unique_ptr<Command>> make_all_commands();

}  // namespace limbeck::tools
