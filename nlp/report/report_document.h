#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nlp/report/report_blocks.h"

namespace limbeck::nlp {

inline constexpr std::string_view kReportSchema = "limbeck-report";
inline constexpr int kReportSchemaVersion = 1;

/// How a gate came out.
enum class VerdictStatus { kPass, kFail, kInconclusive };

/// The answer of a command that has gates.
struct Verdict {
  VerdictStatus status = VerdictStatus::kPass;
  std::string text;
};

/// One figure of the summary.
struct SummaryTile {
  std::string label;
  TableCell value;
  std::string unit;
  std::string note;
  NumberFormat format;
};

/// A part of the page with its own heading; `id` is its link target: a-z, 0-9 and '-', unique in
/// the report.
struct ReportSection {
  std::string id;
  std::string title;
  std::string text;
  std::vector<ReportBlock> blocks;
};

/// What a command found out. One schema for every command: what only programs read goes to
/// `results`.
struct Report {
  std::string command;  ///< subcommand, such as "distill"
  std::string title;
  std::optional<Verdict> verdict;
  std::vector<SummaryTile> summary;
  std::vector<ReportSection> sections;
  nlohmann::ordered_json results = nlohmann::ordered_json::object();  ///< an object; not drawn
};

/// The report as JSON with a stable key order, without timestamps; a missing number is {"value":
/// null, "reason": ...}, also where a NaN or infinity stands in `results`. Throws: ConfigError when
/// the report breaks a rule of its structs (more than 6 series, rows of another length, ...).
nlohmann::ordered_json report_to_json(const Report& report);

/// Law: report_from_json(report_to_json(r)) == r.
/// Throws: DataError `where: /sections/0/blocks/1/type: expected ..., got ...`.
Report report_from_json(const nlohmann::json& json, const std::string& where);

/// Writes `report.json` and `report.html`, the page drawn from what the JSON says. Throws:
/// DataError, ConfigError.
void write_report(const std::filesystem::path& directory, const Report& report);

}  // namespace limbeck::nlp
