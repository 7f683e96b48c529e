#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "data/read/line_reader.h"

namespace limbeck::data {

/// A file with one JSON object a line. Empty lines are passed over.
class JsonlReader {
 public:
  /// Throws: as LineReader.
  explicit JsonlReader(const std::filesystem::path& path) : lines_(path) {}

  /// Reads the next object; false at the end.
  /// Throws: DataError `file:line:column: not valid JSON`, `file:line:1: expected a JSON object,
  /// got an array`; also for nesting deeper than kMaxJsonDepth.
  bool next(nlohmann::json& object);

  /// The text under `key`. Throws: DataError `file:line:1: expected a string under 'text'`.
  std::string text(const nlohmann::json& object, const std::string& key) const;

  const std::string& file() const { return lines_.file(); }
  int64_t line_number() const { return lines_.line_number(); }
  size_t line_bytes() const { return line_.size(); }  ///< of the line that was read last
  [[noreturn]] void fail(const std::string& message) const { lines_.fail(1, message); }

 private:
  LineReader lines_;
  std::string line_;
};

}  // namespace limbeck::data
