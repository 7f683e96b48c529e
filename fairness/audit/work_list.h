#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace limbeck::fairness {

/// Which continuation: the key of the work list.
struct WorkKey {
  std::string attribute;
  int64_t template_index = 0, value_index = 0, continuation = 0;
  auto operator<=>(const WorkKey&) const = default;
};

struct WorkResult {
  std::string text;
  int64_t tokens = 0;
  bool ended = false;
};

using WorkResults = std::map<WorkKey, WorkResult>;

/// What a work list holds so far, and where its last whole line ends.
struct WorkList {
  nlohmann::json settings;  ///< of the first line: what decides the continuations
  WorkResults results;
  uint64_t bytes = 0;
};

/// Reads a JSON-lines work list; a last line that was cut off (a crash, a full disk) is left out.
/// Throws: DataError `file:3: ...` for any other line that is none of a work list.
WorkList read_work_list(const std::filesystem::path& file);

/// The first line, with a line end.
std::string settings_line(const nlohmann::json& settings);
/// The line of one result, with a line end.
std::string result_line(const WorkKey& key, const WorkResult& result);

/// Writes a whole list in the order of its keys, atomically.
void write_work_list(const std::filesystem::path& file, const nlohmann::json& settings,
                     const WorkResults& results);

}  // namespace limbeck::fairness
