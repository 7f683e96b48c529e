#include "nlp/core/path_containment.h"

#include <algorithm>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck {
namespace fs = std::filesystem;

bool is_within(const fs::path& path, const fs::path& folder) {
  const fs::path inner = fs::weakly_canonical(path), outer = fs::weakly_canonical(folder);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

void require_outside(const fs::path& output, const std::vector<fs::path>& inputs,
                     std::string_view use) {
  for (const fs::path& input : inputs)
    if (!input.empty() && is_within(input, output))
      throw ConfigError("--output: " + output.string() + " holds " + input.string() +
                        ", which is " + std::string(use) + " (give another directory)");
}

}  // namespace limbeck
