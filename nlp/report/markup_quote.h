#pragma once

#include <string>
#include <string_view>

namespace limbeck::nlp {

/// A YAML double-quoted scalar that any YAML 1.1 or 1.2 reader turns back into `text`; invalid
/// UTF-8 becomes U+FFFD.
std::string yaml_quoted(std::string_view text);

/// Text on one line that Markdown shows literally, also inside a table cell.
std::string markdown_escaped(std::string_view text);

/// A fenced code block with a fence longer than any run of backticks in it.
std::string markdown_code_block(std::string_view code, std::string_view language);

}  // namespace limbeck::nlp
