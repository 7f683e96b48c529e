#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace limbeck::tools {

/// The reader of standard output has gone, as `head` does: the end of the work, not an error.
class ClosedPipe : public std::exception {
 public:
  const char* what() const noexcept override { return "standard output is closed"; }
};

/// Standard output, where results go and nothing else; buffered, checked at each write.
class ResultStream {
 public:
  explicit ResultStream(bool is_quiet = false) : is_quiet_(is_quiet) {}
  ResultStream(const ResultStream&) = delete;
  ResultStream& operator=(const ResultStream&) = delete;

  /// Throws: ClosedPipe; DataError `standard output: cannot write: No space left on device`.
  void write(std::string_view text);
  /// To be called at the end: what is not flushed is lost.
  void flush();

 private:
  bool is_quiet_;
  std::string buffer_;
};

/// Writes one text whole.
void print_result(std::string_view text);

}  // namespace limbeck::tools
