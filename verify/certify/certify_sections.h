#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "nlp/report/report_document.h"

/// Parts of the report of `limbeck certify`, each from the lines of items.jsonl.
namespace limbeck::verify {

/// A column of words.
inline nlp::TableColumn text_column(const std::string& label) { return {label, "", false, {}}; }

/// Sentences whose words are shaded by their radii. Empty when no word has a radius of its own.
std::vector<nlp::ReportBlock> word_radius_blocks(const std::vector<nlohmann::json>& lines,
                                                 const std::string& norm);

/// What each method came to, over all sentences: {"method", "items", "certified",
/// "certified_share", "mean_radius" (of radii), "seconds" (a sentence)}. Empty: none were compared.
nlohmann::ordered_json compared_methods(const std::vector<nlohmann::json>& lines);

/// The same as a table and bars. `methods` is not empty; `noun`: "sentences" or "inputs".
nlp::ReportSection comparison_section(const nlohmann::ordered_json& methods,
                                      const std::string& noun);

/// Which operations lost most: {"op", "place", "share"}, shares of what each sentence's bound lost,
/// averaged over the sentences that lost something; largest first. Empty: none was explained.
nlohmann::ordered_json explained_operations(const std::vector<nlohmann::json>& lines);

/// The same as a table by place and bars by operation. `operations` is not empty.
nlp::ReportSection explanation_section(const nlohmann::ordered_json& operations,
                                       const std::string& noun);

}  // namespace limbeck::verify
