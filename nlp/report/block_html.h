#pragma once

#include <string>
#include <vector>

#include "nlp/report/report_blocks.h"

namespace limbeck::nlp {

/// The blocks of one section as HTML, neighbouring charts side by side; `id` prefixes the ids
/// inside.
std::string render_blocks(const std::vector<ReportBlock>& blocks, const std::string& id);

/// Texts between empty lines.
std::vector<std::string> paragraphs_of(const std::string& text);

}  // namespace limbeck::nlp
