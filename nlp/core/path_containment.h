#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

namespace limbeck {

/// True when `path` is `folder` or lies below it, symbolic links followed.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Writing an output must not remove or replace what the run reads; empty inputs are skipped.
///
/// Throws: ConfigError `--output: out holds out/model, which is READ (give another directory)`,
///         with `use` in the place of READ, such as "compared" or "read".
void require_outside(const std::filesystem::path& output,
                     const std::vector<std::filesystem::path>& inputs, std::string_view use);

}  // namespace limbeck
