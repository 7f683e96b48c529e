#include "nlp/report/report_document.h"

#include <algorithm>
#include <array>
#include <set>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/report/block_json.h"
#include "nlp/report/html_page.h"

namespace limbeck::nlp {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kStatusNames = {"pass", "fail", "inconclusive"};

Json tile_to_json(const SummaryTile& tile) {
  return {{"label", tile.label},
          {"value", cell_to_json(tile.value)},
          {"unit", tile.unit},
          {"note", tile.note},
          {"format", format_to_json(tile.format)}};
}

Json section_to_json(const ReportSection& section) {
  Json blocks = Json::array();
  for (const ReportBlock& block : section.blocks) blocks.push_back(block_to_json(block));
  return {{"id", section.id}, {"title", section.title}, {"text", section.text}, {"blocks", blocks}};
}

Json without_infinities(const Json& json) {
  if (json.is_number_float()) return measurement_to_json(Measurement(json.get<double>()));
  if (!json.is_structured()) return json;
  Json result = json;
  for (Json& element : result) element = without_infinities(element);
  return result;
}

Json write_json(const Report& report) {
  Json json = {{"schema", kReportSchema},
               {"schema_version", kReportSchemaVersion},
               {"command", report.command},
               {"title", report.title}};
  if (report.verdict)
    json["verdict"] = {{"status", kStatusNames[static_cast<size_t>(report.verdict->status)]},
                       {"text", report.verdict->text}};
  json["summary"] = Json::array();
  for (const SummaryTile& tile : report.summary) json["summary"].push_back(tile_to_json(tile));
  json["sections"] = Json::array();
  for (const ReportSection& one : report.sections) json["sections"].push_back(section_to_json(one));
  json["results"] = without_infinities(report.results);
  return json;
}

Verdict verdict_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"status", "text"});
  const std::string status = cursor["status"].text();
  const auto found = std::find(kStatusNames.begin(), kStatusNames.end(), status);
  if (found == kStatusNames.end()) cursor["status"].fail("'pass', 'fail' or 'inconclusive'");
  return {static_cast<VerdictStatus>(found - kStatusNames.begin()), cursor["text"].text()};
}

SummaryTile tile_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"label", "value", "unit", "note", "format"});
  return {cursor["label"].text(), cell_from_json(cursor["value"]), cursor.text_or_empty("unit"),
          cursor.text_or_empty("note"),
          cursor.has("format") ? format_from_json(cursor["format"]) : NumberFormat{}};
}

bool is_link_target(const std::string& id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

ReportSection section_from_json(const JsonCursor& cursor) {
  cursor.require_keys({"id", "title", "text", "blocks"});
  if (!is_link_target(cursor["id"].text())) cursor["id"].fail("letters a-z, digits and '-'");
  return {cursor["id"].text(), cursor["title"].text(), cursor.text_or_empty("text"),
          read_array(cursor["blocks"], block_from_json)};
}

}  // namespace

Report report_from_json(const nlohmann::json& json, const std::string& where) {
  const JsonCursor cursor(json, where);
  if (cursor["schema"].text() != kReportSchema)
    cursor["schema"].fail("'" + std::string(kReportSchema) + "'");
  const int64_t version = cursor["schema_version"].integer();
  if (version != kReportSchemaVersion)
    cursor["schema_version"].fail(std::to_string(kReportSchemaVersion) +
                                  " (written by another version of limbeck)");
  cursor.require_keys({"schema", "schema_version", "command", "title", "verdict", "summary",
                       "sections", "results"});
  Report report;
  report.command = cursor["command"].text();
  report.title = cursor["title"].text();
  if (cursor.has("verdict")) report.verdict = verdict_from_json(cursor["verdict"]);
  report.summary = read_array(cursor["summary"], tile_from_json);
  report.sections = read_array(cursor["sections"], section_from_json);
  std::set<std::string> ids;
  for (size_t i = 0; i < report.sections.size(); ++i)
    if (!ids.insert(report.sections[i].id).second)
      cursor["sections"].at(i)["id"].fail("an id that no other section has");
  if (cursor.has("results")) {
    if (!cursor["results"].value().is_object()) cursor["results"].fail("an object");
    report.results = cursor["results"].value();
  }
  return report;
}

Json report_to_json(const Report& report) {
  Json json = write_json(report);
  try {
    report_from_json(json, "report");
  } catch (const DataError& error) {
    throw ConfigError(error.what());
  }
  return json;
}

void write_report(const std::filesystem::path& directory, const Report& report) {
  const Json json = report_to_json(report);
  write_json_file(directory / "report.json", json);
  write_file_atomic(directory / "report.html", render_html(json, "report"));
}

}  // namespace limbeck::nlp
