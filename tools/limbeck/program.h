#pragma once

#include <string>
#include <vector>

namespace limbeck::tools {

/// The whole of `limbeck WORDS...`: parses, runs, prints, and gives the exit code; never throws.
int run_program(const std::vector<std::string>& words);

}  // namespace limbeck::tools
