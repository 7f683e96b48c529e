#pragma once

#include <string>

namespace limbeck::tools {

/// "0.1.0", as the build configuration says.
std::string version();

/// Compiler with its version, and the baseline of the instruction set.
std::string build_description();

}  // namespace limbeck::tools
