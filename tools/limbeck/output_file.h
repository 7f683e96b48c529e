#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace limbeck::tools {

/// A file that a command reads, or a directory whose files it may read.
struct InputPath {
  std::string flag;            ///< "--data"
  std::filesystem::path path;  ///< empty: none
};

/// Refuses an output file that would replace what the command reads, whatever its options, and any
/// other file that is there unless it `overwrites`. A new file in an input directory is accepted.
///
/// Throws: ConfigError `--output: expected another file than --input, got 'x'`,
///         `--output: expected a file outside of --model, got 'model/x'`, or
///         `x: exists (give --overwrite to replace it)`.
void require_replaceable(const std::string& flag, const std::filesystem::path& output,
                         bool overwrites, const std::vector<InputPath>& inputs);

}  // namespace limbeck::tools
