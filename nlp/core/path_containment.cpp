#include "nlp/core/path_containment.h"

#include <algorithm>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck {
namespace fs = std::filesystem;

bool is_within(const fs::path& path, const fs::path& folder) {
  std::error_code code;
  const fs::path inner = fs::weakly_canonical(path, code);
  if (code) return false;  // a pipe such as /dev/fd/63 has no place in a file system
  const fs::path outer = fs::weakly_canonical(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void require_rereadable(const std::string& flag, const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (path.empty() || !fs::exists(status) || fs::is_regular_file(status) ||
      fs::is_directory(status))
    return;
  throw ConfigError(flag + ": expected a file, got '" + path.string() +
                    "', a pipe or a device (it is read more than once)");
}

void require_outside(const fs::path& output, const std::vector<fs::path>& inputs,
                     std::string_view use) {
  for (const fs::path& input : inputs)
    if (!input.empty() && is_within(input, output))
      throw ConfigError("--output: " + output.string() + " holds " + input.string() +
                        ", which is " + std::string(use) + " (give another directory)");
}

}  // namespace limbeck
