#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "data/task.h"
#include "distill/evaluate/task_classifier.h"

namespace limbeck::distill {

/// Metrics of one model on one task.
struct TaskScore {
  std::string method;  ///< "head", or "cosine": similarity of sentence vectors, nothing trained
  std::string metric;  ///< the one that decides
  int64_t examples = 0;
  std::map<std::string, double> metrics;
  nlp::VectorRows outputs = {};           ///< logits of the head, (N, C), or a score each, (N, 1)
  std::vector<std::string> classes = {};  ///< names of the logits; none of scores
  double value() const { return metrics.at(metric); }
};

/// Examples to evaluate on: `data_file` (TSV with a header) read for `task`, else the split of the
/// named task. Throws: ConfigError, DataError.
std::vector<data::Example> load_evaluation_examples(const data::Task& task,
                                                    const std::filesystem::path& folder,
                                                    const std::filesystem::path& data_file);

/// Scores a directory on examples of a task. A model with a head uses it; one without is scored by
/// the cosine of its vectors when the task is a regression on pairs, and refused otherwise. Throws:
/// DataError for unlabelled examples, labels that the head does not know, or no head where one is
/// needed.
TaskScore evaluate_task(const std::filesystem::path& model, nlp::Precision precision,
                        const data::Task& task, const std::vector<data::Example>& examples);

/// What a model says of each example as JSON lines: `{"id", "label", "predicted", "probabilities":
/// {class: p}, "text"}`, of scores `{"id", "score", "predicted", "text"}`; "pair" where there is
/// one.
///
/// Law:     predicted is the class with the greatest probability; probabilities sum to 1.
std::string prediction_lines(const TaskScore& score, const data::Task& task,
                             const std::vector<data::Example>& examples);

/// Pairs with a score, as a file of them has: what an encoder without a head can be scored on.
data::Task scored_pairs();

/// The task that a model was fine-tuned on, from its head: labels and kind as there.
data::Task task_of_head(const nlp::HeadConfig& head);

}  // namespace limbeck::distill
