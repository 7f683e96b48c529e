#include "nlp/report/html_page.h"

#include <array>
#include <kainjow/mustache.hpp>

#include "nlp/report/block_html.h"
#include "nlp/report/chart_palette.h"
#include "nlp/report/page_template.h"
#include "nlp/report/report_document.h"

namespace limbeck::nlp {
namespace {

using kainjow::mustache::data;

struct StatusWords {
  const char *css_class, *sign, *word;
};
constexpr std::array<StatusWords, 3> kStatusWords = {{{"pass", "\u2713", "Passed."},
                                                      {"fail", "\u2717", "Failed."},
                                                      {"inconclusive", "?", "Inconclusive."}}};

std::string page_style() {
  const std::string light = palette_css(kLightPalette), dark = palette_css(kDarkPalette);
  return ":root{color-scheme:light dark;" + light + "}\n" +
         "@media screen and (prefers-color-scheme:dark){:root{" + dark + "}}\n" + kPageStyle;
}

data tile_context(const SummaryTile& tile) {
  data context;
  context["label"] = tile.label;
  if (!tile.note.empty()) context["note"] = tile.note;
  if (const auto* text = std::get_if<std::string>(&tile.value)) {
    context["value"] = *text;
    context["is_text"] = true;
    return context;
  }
  const auto& number = std::get<Measurement>(tile.value);
  context["value"] = number.has_value() ? format_measurement(number, tile.format) : number.reason();
  context["is_text"] = !number.has_value();
  if (number.has_value() && !tile.unit.empty()) context["unit"] = tile.unit;
  return context;
}

data section_context(const ReportSection& section) {
  data paragraphs(data::type::list), context;
  for (const std::string& paragraph : paragraphs_of(section.text)) paragraphs.push_back(paragraph);
  context["id"] = section.id;
  context["title"] = section.title;
  context["paragraphs"] = std::move(paragraphs);
  context["content"] = render_blocks(section.blocks, section.id);
  return context;
}

data verdict_context(const Verdict& verdict) {
  const StatusWords& words = kStatusWords[static_cast<size_t>(verdict.status)];
  data context;
  context["status"] = words.css_class;
  context["sign"] = words.sign;
  context["word"] = words.word;
  context["text"] = verdict.text;
  return context;
}

/// Valid UTF-8 without control characters, whatever bytes the strings held.
nlohmann::json displayable(nlohmann::json json) {
  if (json.is_string()) {
    std::string text = json.get<std::string>();
    for (char& c : text)
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F) c = '?';
    return text;
  }
  if (json.is_structured())
    for (nlohmann::json& element : json) element = displayable(std::move(element));
  return json;
}

}  // namespace

std::string render_html(const nlohmann::json& json, const std::string& where) {
  using Handler = nlohmann::json::error_handler_t;
  const std::string bytes = json.dump(-1, ' ', false, Handler::replace);
  const Report report = report_from_json(displayable(nlohmann::json::parse(bytes)), where);
  data summary(data::type::list), sections(data::type::list), context;
  for (const SummaryTile& tile : report.summary) summary.push_back(tile_context(tile));
  for (const ReportSection& one : report.sections) sections.push_back(section_context(one));
  context["title"] = report.title;
  context["command"] = report.command;
  context["style"] = page_style();
  if (report.verdict) context["verdict"] = verdict_context(*report.verdict);
  context["has_contents"] = report.sections.size() > 2;
  context["has_summary"] = !report.summary.empty();
  context["summary"] = std::move(summary);
  context["sections"] = std::move(sections);
  return kainjow::mustache::mustache(kPageTemplate).render(context);
}

}  // namespace limbeck::nlp
