#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "data/read/line_fault.h"

namespace limbeck::data {

/// The lines of a text file, one at a time: plain or gzip (told by its first bytes), or standard
/// input when the path is
/// `-`. Line ends are LF or CRLF; a byte order mark is skipped; every line is valid UTF-8 without
/// NUL bytes.
class LineReader {
 public:
  /// Throws: DataError when the file cannot be opened, is a directory, or is empty.
  explicit LineReader(const std::filesystem::path& path, size_t max_line_bytes = kMaxLineBytes);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Reads the next line without its end; false at the end of the file.
  /// Throws: DataError `file:line:column: not valid UTF-8 ...` (columns count bytes, from 1), also
  /// for a NUL byte, a line that is too long, a damaged or cut gzip stream; Interrupted at the next
  /// 64 KiB.
  bool next(std::string& line);

  const std::string& file() const { return name_; }
  int64_t line_number() const { return line_number_; }

  /// Throws: DataError `file:line:column: message` for the line that was read last.
  [[noreturn]] void fail(size_t column, const std::string& message) const;

 private:
  struct Stream;

  bool refill();
  [[noreturn]] void fail(const LineFault& fault) const { fail(fault.column, fault.message); }

  std::unique_ptr<Stream> stream_;
  std::string name_;
  size_t max_line_bytes_;
  int64_t line_number_ = 0;
};

}  // namespace limbeck::data
