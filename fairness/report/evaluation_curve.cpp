#include "fairness/report/evaluation_curve.h"

#include <fstream>

#include "nlp/core/json_file.h"

namespace limbeck::fairness {

nlp::LineSeries evaluation_curve(const std::filesystem::path& metrics_file,
                                 const std::string& event, const std::string& metric,
                                 const std::string& name) {
  nlp::LineSeries series{name, {}};
  std::ifstream rows(metrics_file);
  for (std::string line; std::getline(rows, line);) {
    if (line.empty()) continue;
    const nlohmann::json row = parse_json(line, metrics_file.string());
    if (!row.is_object() || row.value("event", "") != event || !row.contains(metric)) continue;
    series.points.emplace_back(row.value("step", 0.0), nlp::Measurement(row.value(metric, 0.0)));
  }
  return series;
}

}  // namespace limbeck::fairness
