#include "distill/evaluate/task_evaluation.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "data/label_reader.h"
#include "data/metric.h"
#include "distill/evaluate/retrieval.h"
#include "nlp/core/errors.h"

namespace limbeck::distill {
namespace {

TaskScore scored(const data::Task& task, const data::Predictions& predictions, std::string method,
                 size_t examples) {
  TaskScore score{std::move(method), task.metrics.front(), static_cast<int64_t>(examples), {}};
  for (const std::string& name : task.metrics)
    score.metrics[name] = data::find_metric(name).compute(predictions);
  return score;
}

TaskScore by_cosine(const std::filesystem::path& model, nlp::Precision precision,
                    const data::Task& task, const std::vector<data::Example>& examples) {
  const std::unique_ptr<nlp::SentenceEncoder> encoder = load_sentence_encoder(model, precision);
  std::vector<std::string> left, right;
  data::Predictions predictions;
  for (const data::Example& example : examples) {
    left.push_back(example.text);
    right.push_back(example.pair.value_or(""));
    predictions.expected_scores.push_back(example.score);
  }
  predictions.predicted_scores = row_cosines(encoder->encode(left), encoder->encode(right));
  TaskScore score = scored(task, predictions, "cosine", examples.size());
  score.outputs = {static_cast<int64_t>(examples.size()), 1, {}};
  for (const double cosine : predictions.predicted_scores)
    score.outputs.values.push_back(static_cast<float>(cosine));
  return score;
}

/// Position in the head's labels of each of the task's labels. Labels of an open task are known by
/// their numbers too: another model may have learnt them from a file that numbers them.
std::vector<int> head_positions(const nlp::HeadConfig& head, const data::Task& task) {
  const data::Task own = task_of_head(head);
  std::vector<int> positions;
  for (const std::string& label : task.labels) {
    std::optional<int> found = data::find_label(own, label);
    if (!found && task.is_open) found = data::find_label(own, std::to_string(positions.size()));
    if (!found)
      throw DataError("eval: label '" + label + "' of task '" + task.name +
                      "' is not one of the model's (task '" + head.task + "')");
    positions.push_back(*found);
  }
  return positions;
}

TaskScore by_head(const TaskClassifier& classifier, const data::Task& task,
                  const std::vector<data::Example>& examples) {
  const nlp::HeadConfig& head = classifier.head();
  const bool is_regression = task.kind == data::TaskKind::kRegression;
  if (head.regression != is_regression)
    throw DataError("eval: the model of task '" + head.task + "' gives " +
                    (head.regression ? "scores" : "classes") + ", task '" + task.name + "' needs " +
                    (is_regression ? "scores" : "classes"));
  const std::vector<int> positions = head_positions(head, task);
  nlp::VectorRows logits = classifier.logits(examples);
  data::Predictions predictions;
  for (size_t i = 0; i < examples.size(); ++i) {
    const auto row = logits.row(static_cast<int64_t>(i));
    if (is_regression) {
      predictions.predicted_scores.push_back(row[0]);
      predictions.expected_scores.push_back(examples[i].score);
      continue;
    }
    const auto best = static_cast<int>(std::max_element(row.begin(), row.end()) - row.begin());
    predictions.predicted_labels.push_back(best);
    predictions.expected_labels.push_back(positions[static_cast<size_t>(examples[i].label)]);
  }
  TaskScore score = scored(task, predictions, "head", examples.size());
  score.outputs = std::move(logits);
  if (!is_regression) score.classes = head.labels;
  return score;
}

nlohmann::ordered_json probabilities(std::span<const float> logits,
                                     const std::vector<std::string>& classes) {
  const auto most = static_cast<double>(*std::ranges::max_element(logits));
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - most);
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (size_t c = 0; c < classes.size(); ++c)
    json[classes[c]] = std::exp(static_cast<double>(logits[c]) - most) / sum;
  return json;
}

}  // namespace

std::vector<data::Example> load_evaluation_examples(const data::Task& task,
                                                    const std::filesystem::path& folder,
                                                    const std::filesystem::path& data_file) {
  if (data_file.empty()) return data::load_task(task.name, folder, data::Split::kDev);
  return data::load_tsv_examples(data_file, task, data::Targets::kRequired);
}

TaskScore evaluate_task(const std::filesystem::path& model, nlp::Precision precision,
                        const data::Task& task, const std::vector<data::Example>& examples) {
  const bool is_regression = task.kind == data::TaskKind::kRegression;
  for (const data::Example& example : examples)
    if (!is_regression && example.label < 0)
      throw DataError("eval: example " + example.id + " has no label (expected a column 'label')");
  if (is_regression && task.is_pair && !find_task_head(model))
    return by_cosine(model, precision, task, examples);
  return by_head(*load_task_classifier(model, precision), task, examples);
}

std::string prediction_lines(const TaskScore& score, const data::Task& task,
                             const std::vector<data::Example>& examples) {
  std::string lines;
  for (size_t i = 0; i < examples.size(); ++i) {
    const data::Example& example = examples[i];
    const std::span<const float> row = score.outputs.row(static_cast<int64_t>(i));
    nlohmann::ordered_json line = {{"id", example.id}};
    if (score.classes.empty()) {
      line["score"] = example.score;
      line["predicted"] = row[0];
    } else {
      line["label"] = task.labels[static_cast<size_t>(example.label)];
      line["predicted"] =
          score.classes[static_cast<size_t>(std::ranges::max_element(row) - row.begin())];
      line["probabilities"] = probabilities(row, score.classes);
    }
    line["text"] = example.text;
    if (example.pair) line["pair"] = *example.pair;
    lines += line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  }
  return lines;
}

data::Task scored_pairs() {
  data::Task task;
  task.name = "pairs";
  task.kind = data::TaskKind::kRegression;
  task.is_pair = true;
  task.metrics = {"spearman"};
  return task;
}

data::Task task_of_head(const nlp::HeadConfig& head) {
  data::Task task;
  task.name = head.task;
  task.kind = head.regression ? data::TaskKind::kRegression : data::TaskKind::kClassification;
  task.is_pair = head.pair;
  task.is_open = head.is_foreign;
  task.labels = head.labels;
  task.metrics = head.regression           ? std::vector<std::string>{"pearson", "spearman"}
                 : head.labels.size() == 2 ? std::vector<std::string>{"accuracy", "f1"}
                                           : std::vector<std::string>{"accuracy"};
  return task;
}

}  // namespace limbeck::distill
