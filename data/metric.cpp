#include "data/metric.h"

#include <array>

#include "data/metric/accuracy.h"
#include "data/metric/f1.h"
#include "data/metric/matthews.h"
#include "data/metric/pearson.h"
#include "data/metric/spearman.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

constexpr std::array<Metric, 5> kMetrics = {{
    {"accuracy", true,
     [](const Predictions& p) { return accuracy(p.predicted_labels, p.expected_labels); }},
    {"f1", true, [](const Predictions& p) { return f1(p.predicted_labels, p.expected_labels); }},
    {"mcc", true,
     [](const Predictions& p) {
       return matthews_correlation(p.predicted_labels, p.expected_labels);
     }},
    {"pearson", false,
     [](const Predictions& p) {
       return pearson_correlation(p.predicted_scores, p.expected_scores);
     }},
    {"spearman", false,
     [](const Predictions& p) {
       return spearman_correlation(p.predicted_scores, p.expected_scores);
     }},
}};

}  // namespace

std::span<const Metric> metrics() { return kMetrics; }

const Metric& find_metric(std::string_view name) {
  std::string known;
  for (const Metric& metric : kMetrics) {
    if (metric.name == name) return metric;
    known += (known.empty() ? "" : ", ") + std::string(metric.name);
  }
  throw ConfigError("metric '" + std::string(name) + "' is not one of: " + known);
}

}  // namespace limbeck::data
