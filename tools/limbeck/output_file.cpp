#include "tools/limbeck/output_file.h"

#include "nlp/core/errors.h"
#include "nlp/core/path_containment.h"

namespace limbeck::tools {

namespace fs = std::filesystem;

void require_replaceable(const std::string& flag, const fs::path& output, bool overwrites,
                         const std::vector<InputPath>& inputs) {
  std::error_code ignored;
  if (!fs::exists(output, ignored)) return;
  for (const InputPath& input : inputs) {
    if (input.path.empty()) continue;
    if (fs::equivalent(output, input.path, ignored))
      throw ConfigError(flag + ": expected another file than " + input.flag + ", got '" +
                        output.string() + "'");
    if (fs::is_directory(input.path, ignored) && is_within(output, input.path))
      throw ConfigError(flag + ": expected a file outside of " + input.flag + ", got '" +
                        output.string() + "'");
  }
  if (!overwrites) throw ConfigError(output.string() + ": exists (give --overwrite to replace it)");
}

}  // namespace limbeck::tools
