#pragma once

#include <string>
#include <vector>

namespace limbeck::tools {

/// Writes what a maintainer needs to look into an internal error to a new file
/// `limbeck-error-XXXXXX.json` in the system's folder for temporary files: command line, message,
/// version, build, and the options as they were understood (null when they were not). Gives its
/// path, empty when it cannot be written; never throws.
std::string write_error_dump(const std::vector<std::string>& words,
                             const std::string& message) noexcept;

}  // namespace limbeck::tools
