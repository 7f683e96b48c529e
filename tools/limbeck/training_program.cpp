#include "tools/limbeck/training_program.h"

#include <unistd.h>

namespace limbeck::tools {

std::filesystem::path training_program() { return sibling_program("limbeck-train"); }

std::filesystem::path sibling_program(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code code;
  const fs::path self = fs::read_symlink("/proc/self/exe", code);
  if (code) return {};
  const fs::path folder = self.parent_path();
  for (const fs::path& candidate : {folder / name, folder.parent_path() / LIMBECK_LIBEXEC / name})
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  return {};
}

}  // namespace limbeck::tools
