#pragma once

#include <string>
#include <string_view>

/// Upper and lower case by the Unicode of ICU.
namespace limbeck::nlp {

/// Without context: a final sigma is not told apart.
std::string lowercased(std::string_view text);

/// Has cased characters, and all of them are upper case ("A1", not "1" or "Ab").
bool is_upper_case(std::string_view text);

}  // namespace limbeck::nlp
