#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck {

/// True when `path` is `folder` or lies below it, symbolic links followed; false for a pipe.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Refuses a pipe or a device in the place of a file that is read more than once; empty and absent
/// paths are passed over.
///
/// Throws: ConfigError `--data: expected a file, got '/dev/fd/63', a pipe or a device (it is read
///         more than once)`.
void require_rereadable(const std::string& flag, const std::filesystem::path& path);

/// Writing an output must not remove or replace what the run reads; empty inputs are skipped.
///
/// Throws: ConfigError `--output: out holds out/model, which is READ (give another directory)`,
///         with `use` in the place of READ, such as "compared" or "read".
void require_outside(const std::filesystem::path& output,
                     const std::vector<std::filesystem::path>& inputs, std::string_view use);

}  // namespace limbeck
