#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::data {

/// What a model said and what is right, for one evaluation. Classification fills the labels,
/// regression the scores.
struct Predictions {
  std::vector<int> predicted_labels, expected_labels;
  std::vector<double> predicted_scores, expected_scores;
};

/// One row of the metric table.
struct Metric {
  std::string_view name;       ///< "accuracy"; what --metric and reports say
  bool is_for_classification;  ///< else it compares scores
  double (*compute)(const Predictions&);
};

/// accuracy, f1, mcc, pearson, spearman. All are "higher is better".
std::span<const Metric> metrics();

/// Throws: ConfigError `metric 'x' is not one of: accuracy, f1, ...`.
const Metric& find_metric(std::string_view name);

}  // namespace limbeck::data
