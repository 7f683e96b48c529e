#include "verify/certify/certify_report.h"

#include <algorithm>
#include <limits>
#include <map>

#include "nlp/report/report_document.h"
#include "verify/certify/certify_sections.h"

namespace limbeck::verify {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;
using nlp::TableCell;

constexpr size_t kShown = 40;  // rows of the tables of examples

nlp::SummaryTile tile(const std::string& label, double value, const std::string& note) {
  return {label, Measurement(value), "", note, {NumberStyle::kGeneral, 4}};
}

nlp::TableColumn number_column(const std::string& label, NumberFormat format = {}) {
  return {label, "", true, format};
}

nlp::TableBlock falsified_table(const std::vector<nlohmann::json>& lines) {
  nlp::TableBlock table{"Sentences whose answer changes",
                        "",
                        {text_column("sentence"), text_column("replaced"), number_column("margin")},
                        {}};
  for (const nlohmann::json& line : lines) {
    if (line["state"] != "falsified" || table.rows.size() >= kShown) continue;
    std::string replaced;
    for (const nlohmann::json& word : line["replaced"])
      replaced += (replaced.empty() ? "" : ", ") + word["word"].get<std::string>() + " → " +
                  word["by"].get<std::string>();
    if (replaced.empty()) replaced = "none: the answer is wrong as it stands";
    table.rows.push_back({line["sentence"].get<std::string>(), replaced,
                          line["margin_seen"].is_null()
                              ? TableCell(Measurement::missing("not evaluated"))
                              : TableCell(Measurement(line["margin_seen"].get<double>()))});
  }
  return table;
}

nlp::TableBlock decided_table(const std::vector<nlohmann::json>& lines, const std::string& noun) {
  std::map<std::pair<std::string, std::string>, int64_t> count;
  for (const nlohmann::json& line : lines)
    ++count[{line["state"].get<std::string>(), line.value("decided_by", "")}];
  nlp::TableBlock table{
      "What decided",
      "",
      {text_column("by"), text_column("state"), number_column(noun, {NumberStyle::kInteger, 0})},
      {}};
  for (const auto& [key, n] : count)
    table.rows.push_back(
        {key.second.empty() ? "-" : key.second, key.first, Measurement(static_cast<double>(n))});
  return table;
}

/// The words of a sentence with the smallest radii: those that the answer depends on most.
nlp::TableBlock radius_table(const std::vector<nlohmann::json>& lines) {
  nlp::TableBlock table{
      "Words that the answer depends on most",
      "the three smallest radii of each sentence",
      {text_column("sentence"), text_column("words"), number_column("smallest radius")},
      {}};
  for (const nlohmann::json& line : lines) {
    if (!line.contains("words") || line["state"] == "falsified" || table.rows.size() >= kShown)
      continue;
    std::vector<nlohmann::json> words = line["words"];
    std::ranges::sort(words, {},
                      [](const nlohmann::json& word) { return word["radius"].get<double>(); });
    std::string text;
    for (size_t i = 0; i < words.size() && i < 3; ++i)
      if (words[i].contains("word"))
        text += (text.empty() ? "" : ", ") + words[i]["word"].get<std::string>();
    table.rows.push_back({line["sentence"].get<std::string>(), text.empty() ? "all at once" : text,
                          words.empty()
                              ? TableCell(Measurement::missing("no words"))
                              : TableCell(Measurement(words[0]["radius"].get<double>()))});
  }
  return table;
}

/// Of the words of a sentence, or of an input.
std::vector<double> radii_of(const nlohmann::json& line) {
  std::vector<double> radii;
  if (line.contains("radius")) radii.push_back(line["radius"].get<double>());
  if (line.contains("words"))
    for (const nlohmann::json& word : line["words"]) radii.push_back(word["radius"].get<double>());
  return radii;
}

/// Inputs of any network: those with the smallest radii.
nlp::TableBlock input_table(const std::vector<nlohmann::json>& lines) {
  nlp::TableBlock table{"Inputs with the smallest radii",
                        "",
                        {number_column("input", {NumberStyle::kInteger, 0}),
                         number_column("class", {NumberStyle::kInteger, 0}),
                         number_column("radius"), number_column("flipped")},
                        {}};
  std::vector<nlohmann::json> sorted;
  for (const nlohmann::json& line : lines)
    if (line.contains("radius") && line.value("decided_by", "") != "original")
      sorted.push_back(line);
  std::ranges::stable_sort(sorted, {},
                           [](const nlohmann::json& line) { return line["radius"].get<double>(); });
  for (size_t i = 0; i < std::min(sorted.size(), kShown); ++i)
    table.rows.push_back({Measurement(sorted[i]["index"].get<double>()),
                          Measurement(sorted[i]["label"].get<double>()),
                          Measurement(sorted[i]["radius"].get<double>()),
                          sorted[i]["flipped"].is_null()
                              ? TableCell(Measurement::missing("no other answer was seen"))
                              : TableCell(Measurement(sorted[i]["flipped"].get<double>()))});
  return table;
}

}  // namespace

CertifySummary summarize(const std::vector<nlohmann::json>& lines) {
  CertifySummary summary;
  double sum = 0, least = std::numeric_limits<double>::infinity();
  int64_t radii = 0;
  for (const nlohmann::json& line : lines) {
    ++summary.items;
    const std::string state = line["state"];
    summary.is_of_inputs |= !line.contains("sentence");
    summary.certificates += line.contains("certificate") && line["certificate"].is_string();
    summary.certified += state == "certified";
    summary.falsified += state == "falsified";
    summary.unknown += state == "unknown";
    summary.timeouts += state == "timeout";
    summary.errors += state == "error";
    for (const double radius : radii_of(line)) {
      sum += radius;
      least = std::min(least, radius);
      ++radii;
    }
  }
  summary.has_radii = radii > 0;
  if (radii > 0) summary.mean_radius = sum / static_cast<double>(radii), summary.min_radius = least;
  return summary;
}

void write_certify_report(const std::filesystem::path& directory, const CertifyOptions& options,
                          const std::vector<nlohmann::json>& lines, const std::string& command) {
  const CertifySummary summary = summarize(lines);
  const bool is_radii = options.budget == 0;
  const bool is_of_inputs = summary.is_of_inputs;
  const std::string noun = is_of_inputs ? "inputs" : "sentences";
  nlp::Report report;
  report.command = "certify";
  report.title = is_of_inputs ? "Certified radii of inputs"
                 : is_radii   ? "Certified radii of words"
                              : "Certified against word replacement";
  if (options.min_certified > 0) {
    const bool is_passed = summary.certified_share() >= options.min_certified;
    report.verdict =
        nlp::Verdict{is_passed ? nlp::VerdictStatus::kPass : nlp::VerdictStatus::kFail,
                     is_passed ? "as many " + noun + " are certified as were asked for"
                               : "fewer " + noun + " are certified than were asked for"};
  }
  report.summary = {tile(noun, static_cast<double>(summary.items), ""),
                    tile("certified", summary.certified_share(), "share of the " + noun)};
  if (is_radii) {
    report.summary.push_back(tile("mean radius", summary.mean_radius, "norm " + options.norm));
    report.summary.push_back(tile("falsified", static_cast<double>(summary.falsified),
                                  "the answer is wrong as it stands"));
    report.summary.push_back(
        tile("unknown", static_cast<double>(summary.unknown),
             is_of_inputs ? "no radius is certified" : "some word has no certified radius"));
    report.sections.push_back({"radii", "Radii", "", {}});
    std::vector<nlp::ReportBlock>& blocks = report.sections.back().blocks;
    if (!is_of_inputs) blocks = word_radius_blocks(lines, options.norm);
    blocks.push_back(is_of_inputs ? input_table(lines) : radius_table(lines));
    report.sections.back().blocks.push_back(decided_table(lines, noun));
  } else {
    report.summary.push_back(
        tile("falsified", static_cast<double>(summary.falsified), "a changed answer was found"));
    report.summary.push_back(tile("unknown", static_cast<double>(summary.unknown), ""));
    report.sections.push_back(
        {"verdicts", "Verdicts", "", {decided_table(lines, noun), falsified_table(lines)}});
  }
  const nlohmann::ordered_json methods = compared_methods(lines),
                               operations = explained_operations(lines);
  if (!methods.empty()) report.sections.push_back(comparison_section(methods, noun));
  if (!operations.empty()) report.sections.push_back(explanation_section(operations, noun));
  if (!command.empty())
    report.sections.push_back(
        {"settings", "How it was made", "", {nlp::CommandBlock{command, "The command"}}});
  report.results = {{"items", summary.items},         {"certified", summary.certified},
                    {"falsified", summary.falsified}, {"unknown", summary.unknown},
                    {"timeouts", summary.timeouts},   {"errors", summary.errors},
                    {"arith", options.arith}};
  if (options.certificate) report.results["certificates"] = summary.certificates;
  if (is_radii) {
    report.results["mean_radius"] = summary.mean_radius;
    report.results["min_radius"] = summary.min_radius;
  }
  if (!methods.empty()) report.results["methods"] = methods;
  if (!operations.empty()) report.results["operations"] = operations;
  nlp::write_report(directory, report);
}

}  // namespace limbeck::verify
