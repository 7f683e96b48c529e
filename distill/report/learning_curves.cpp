#include "distill/report/learning_curves.h"

#include <fstream>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"

namespace limbeck::distill {
namespace {

nlp::Measurement number(const nlohmann::json& row, const char* name) {
  const auto found = row.find(name);
  return found != row.end() && found->is_number() ? nlp::Measurement(found->get<double>())
                                                  : nlp::Measurement::missing("not measured");
}

}  // namespace

nlp::LearningCurves read_learning_curves(const std::filesystem::path& metrics_file) {
  nlp::LearningCurves curves;
  std::ifstream rows(metrics_file);
  std::string line;
  nlp::Measurement train_loss = nlp::Measurement::missing("not measured");
  for (int64_t number_of_line = 1; std::getline(rows, line); ++number_of_line) {
    if (line.empty()) continue;
    const std::string where = metrics_file.string() + ":" + std::to_string(number_of_line);
    const nlohmann::json row = parse_json(line, where);
    if (!row.is_object())
      throw DataError(where + ": expected a JSON object, got " + row.type_name());
    const nlohmann::json event = row.value("event", nlohmann::json());
    if (event == "train") train_loss = number(row, "loss");
    if (event != "eval") continue;
    nlp::LearningCurvePoint point;
    const nlohmann::json step = row.value("step", nlohmann::json());
    if (!step.is_number_integer())
      throw DataError(where + ": key 'step': expected an integer, got " + step.dump());
    point.step = step.get<int64_t>();
    point.train_loss = train_loss;
    point.validation_loss = number(row, "validation_loss");
    point.retrieval_at_1 = number(row, "retrieval_at_1");
    point.sts_spearman = number(row, "pairs_spearman");
    curves.points.push_back(point);
    if (row.contains("baseline_loss")) curves.mean_baseline_loss = number(row, "baseline_loss");
  }
  return curves;
}

}  // namespace limbeck::distill
