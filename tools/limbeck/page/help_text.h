#pragma once

#include <string>

#include "tools/limbeck/command.h"

/// Pages drawn from the option tree.
namespace limbeck::tools {

/// What `limbeck --help` prints: every command with its summary.
std::string overview_text();

/// What `limbeck NAME --help` prints; at most 100 columns.
std::string help_text(const Command& command);

/// "limbeck embed [OPTIONS] [SENTENCE...]".
std::string usage_line(const Command& command);

/// "-h, --help", "--batch-size N", "--sorted, --no-sorted", "--text FILE...".
std::string option_heading(const Option& option);

/// The help sentence with choices and default.
std::string option_description(const Option& option);

}  // namespace limbeck::tools
