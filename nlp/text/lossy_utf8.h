#pragma once

#include <string>
#include <string_view>

namespace limbeck::nlp {

/// Any bytes as UTF-8: each maximal part of an ill-formed sequence becomes one U+FFFD.
/// Source: The Unicode Standard, sec. 3.9, U+FFFD substitution of maximal subparts.
std::string lossy_utf8(std::string_view bytes);

/// Number of bytes at the end of `bytes` that begin a character which may still be completed.
size_t open_utf8_tail(std::string_view bytes);

}  // namespace limbeck::nlp
