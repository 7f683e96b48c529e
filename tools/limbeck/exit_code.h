#pragma once

#include <string>
#include <vector>

namespace limbeck::tools {

inline constexpr int kDone = 0;
inline constexpr int kGateFailed = 1;
inline constexpr int kUsageError = 2;
inline constexpr int kDataError = 3;
inline constexpr int kInconclusive = 4;
inline constexpr int kInternalError = 5;

/// A row of the exit status table of help and man pages.
struct ExitCodeMeaning {
  const char* code;
  const char* meaning;
};

inline constexpr ExitCodeMeaning kExitCodes[] = {
    {"0", "done, every gate passed"},
    {"1", "done, a gate failed; the report is written"},
    {"2", "usage or configuration error; nothing is written"},
    {"3", "input data or model unreadable or invalid"},
    {"4", "inconclusive: not enough evidence, nothing was evaluated, or training diverged"},
    {"5", "internal error; a file with the details is written"},
    {"130, 143", "interrupted by SIGINT, SIGTERM; state is saved"},
};

/// Prints the exception being handled as one line on standard error, `limbeck: <message>`, and
/// gives the exit code that fits its type. A closed pipe on standard output is quiet.
///
/// Before exit code 5, what a maintainer needs is written to a new file, which the line names.
int report_current_exception(const std::vector<std::string>& words);

}  // namespace limbeck::tools
