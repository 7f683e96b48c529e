#pragma once

#include <string>
#include <vector>

namespace limbeck::data {

/// How a program ended.
struct ProgramResult {
  int exit_code = 0;   ///< 128 + the signal when one ended it; 127 when it could not be started
  std::string output;  ///< standard output and standard error together
};

/// Runs a program found on PATH with these arguments (no shell), standard input closed, and waits
/// for it.
ProgramResult run_program(const std::vector<std::string>& arguments);

}  // namespace limbeck::data
