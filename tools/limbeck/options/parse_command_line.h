#pragma once

#include <string>
#include <vector>

#include "tools/limbeck/options/option_table.h"
#include "tools/limbeck/options/shared_options.h"

namespace limbeck::tools {

/// Sets the options of one command from its words: defaults < --config < command line.
///
/// With --help among the words nothing else is looked at.
/// Throws: ConfigError, among them `unknown option '--ouput' (did you mean '--output'?)`; DataError
/// when the --config file is unreadable.
void parse_command_line(OptionTable& table, GeneralOptions& general,
                        const std::vector<std::string>& words);

/// ` (did you mean 'x'?)` for the nearest candidate, or nothing when none is near.
std::string suggestion(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace limbeck::tools
