#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace limbeck::nlp {

/// The report as one HTML file that needs nothing else: inline SVG, no scripts, no requests; light
/// and dark.
///
/// Law: equal JSON gives equal bytes; no text of the JSON becomes markup.
/// Throws: DataError with the JSON pointer when the JSON breaks the schema; `where` names it.
std::string render_html(const nlohmann::json& report, const std::string& where);

}  // namespace limbeck::nlp
