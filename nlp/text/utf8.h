#pragma once

#include <cstddef>
#include <string_view>

namespace limbeck::nlp {

/// Position of the first byte that is not part of well-formed UTF-8, or std::string_view::npos when
/// all of it is.
///
/// Source: The Unicode Standard, table 3-7 (no overlong forms, no surrogates, nothing above
/// U+10FFFF).
size_t first_invalid_utf8(std::string_view text);

}  // namespace limbeck::nlp
