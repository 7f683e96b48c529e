#pragma once

#include <string>

namespace limbeck::tools {

/// "72.1, Unicode 15.0": the tables that tokenizers read.
std::string icu_version();

}  // namespace limbeck::tools
