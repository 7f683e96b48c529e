#include "tools/limbeck/version.h"

namespace limbeck::tools {

std::string version() { return LIMBECK_VERSION; }

std::string build_description() {
#if defined(__clang__)
  const std::string compiler = "clang " + std::string(__clang_version__);
#else
  const std::string compiler = "g++ " + std::string(__VERSION__);
#endif
#if defined(__x86_64__)
  return compiler + ", x86-64-v2";
#elif defined(__aarch64__)
  return compiler + ", aarch64";
#else
  return compiler;
#endif
}

}  // namespace limbeck::tools
