#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace limbeck::data {

/// Longest line accepted, in bytes: a megabyte without a line end is no list of sentences.
inline constexpr size_t kMaxLineBytes = 999'999;

/// Bytes of text from which a chunk of lines takes no more: a list of long lines must not fill the
/// memory.
inline constexpr size_t kMostChunkBytes = size_t{4} << 20;

/// What makes a line no text, and where.
struct LineFault {
  size_t column = 0;  ///< in bytes, from 1
  std::string message;
};

/// The fault of a line of more than `most` bytes.
LineFault too_long(size_t most);

/// A NUL byte, or bytes that are not UTF-8; nothing in a line of text.
std::optional<LineFault> find_fault(std::string_view line);

}  // namespace limbeck::data
