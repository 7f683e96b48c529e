#pragma once

#include <string>

namespace limbeck::tools {

/// "AMD EPYC 9R14", or the architecture when the system does not tell.
std::string cpu_name();

/// The instruction sets that limbeck's kernels choose among, of those that this CPU has.
std::string cpu_features();

}  // namespace limbeck::tools
