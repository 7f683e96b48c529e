#include "nlp/report/metrics_log.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/report/json_cursor.h"

namespace limbeck::nlp {
namespace {

MetricRow row_from_text(std::string_view line, const std::string& where) {
  const nlohmann::ordered_json ordered =
      nlohmann::ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (ordered.is_discarded()) throw DataError(where + ": not valid JSON");
  const nlohmann::json json = ordered;
  const JsonCursor cursor(json, where);
  MetricRow row{cursor["step"].integer(), cursor["epoch"].number(), {}};
  for (const auto& [key, value] : ordered.items()) {
    if (key == "step" || key == "epoch" || key == "not_finite") continue;
    const bool is_missing = value.is_null();
    row.values.emplace_back(
        key, is_missing ? std::numeric_limits<double>::quiet_NaN() : cursor[key.c_str()].number());
  }
  return row;
}

std::string row_to_text(const MetricRow& row) {
  nlohmann::ordered_json json = {{"step", row.step}, {"epoch", row.epoch}}, reasons;
  for (const auto& [name, value] : row.values) {
    json[name] = value;
    if (std::isfinite(value)) continue;
    json[name] = nullptr;
    reasons[name] = std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  }
  if (!reasons.is_null()) json["not_finite"] = reasons;
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

/// Calls `visit(row, end)` for each whole line until it returns false; `end` is the offset behind
/// the line.
template <class Visit>
void visit_rows(const std::filesystem::path& path, Visit&& visit) {
  const std::string text = read_file(path);
  size_t start = 0;
  for (size_t line = 1; start < text.size(); ++line) {
    const size_t end = text.find('\n', start);
    if (end == std::string::npos) return;  // cut by a crash
    const std::string where = path.string() + ":" + std::to_string(line);
    if (!visit(row_from_text(std::string_view(text).substr(start, end - start), where), end + 1))
      return;
    start = end + 1;
  }
}

uint64_t kept_bytes(const std::filesystem::path& path, int64_t kept_steps) {
  uint64_t kept = 0;
  if (kept_steps == kNoSteps || !std::filesystem::exists(path)) return kept;
  visit_rows(path, [&](const MetricRow& row, size_t end) {
    if (row.step > kept_steps) return false;
    kept = end;
    return true;
  });
  return kept;
}

}  // namespace

MetricsLog::MetricsLog(const std::filesystem::path& path, int64_t kept_steps)
    : file_(path, kept_bytes(path, kept_steps)), last_step_(kept_steps) {}

void MetricsLog::add(const MetricRow& row) {
  if (row.step < last_step_)
    throw ConfigError("metrics: step " + std::to_string(row.step) + " after step " +
                      std::to_string(last_step_));
  last_step_ = row.step;
  file_.write(row_to_text(row));
}

std::vector<MetricRow> read_metrics_log(const std::filesystem::path& path) {
  std::vector<MetricRow> rows;
  visit_rows(path, [&](MetricRow row, size_t) {
    rows.push_back(std::move(row));
    return true;
  });
  return rows;
}

}  // namespace limbeck::nlp
