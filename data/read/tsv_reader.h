#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/read/line_reader.h"

namespace limbeck::data {

/// Whether the first line names the columns.
enum class TsvHeader { kPresent, kAbsent };
/// What a row with another number of columns is: an error, or (in old official files) something to
/// pass over.
enum class UnevenRows { kRefuse, kSkip };

/// Tab-separated values without quoting: a quotation mark is a character like any other, as in the
/// GLUE files.
class TsvReader {
 public:
  /// The header, or else the first row, fixes the number of columns. Throws: as LineReader.
  TsvReader(const std::filesystem::path& path, TsvHeader header,
            UnevenRows uneven = UnevenRows::kRefuse);

  /// Column names; empty without a header.
  const std::vector<std::string>& header() const { return header_; }
  /// Position of the named column. Throws: DataError `file:1: no column 'x'; the header has: a, b`.
  size_t column(std::string_view name) const;
  std::optional<size_t> find_column(std::string_view name) const;

  /// Reads the next row; the views are valid until the next call. False at the end. Empty lines are
  /// passed over. Throws: DataError `file:17:3: expected 2 columns, got 5 (is the separator a
  /// tab?)`: here the number after the line counts columns, and names the first that is missing or
  /// too many.
  bool next(std::vector<std::string_view>& fields);

  const std::string& file() const { return lines_.file(); }
  int64_t line_number() const { return lines_.line_number(); }
  int64_t skipped_rows() const { return skipped_rows_; }

  /// Throws: DataError `file:line:column: message`, the column counted from 1 of the `fields`.
  [[noreturn]] void fail(size_t field, const std::string& message) const {
    lines_.fail(field + 1, message);
  }

 private:
  LineReader lines_;
  UnevenRows uneven_;
  std::vector<std::string> header_;
  size_t columns_ = 0;
  int64_t skipped_rows_ = 0;
  std::string line_;
};

}  // namespace limbeck::data
