#include <algorithm>
#include <cmath>
#include <cstdio>

#include "data/asset.h"
#include "distill/eval_options.h"
#include "distill/evaluate/task_evaluation.h"
#include "nlp/core/atomic_file.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/output_file.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {
namespace {

struct Threshold {
  std::string metric;
  double least = 0;
};

Threshold parse_threshold(const std::string& text) {
  const size_t equals = text.find('=');
  try {
    size_t used = 0;
    const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
    const double least = std::stod(number, &used);
    if (used == number.size() && std::isfinite(least)) return {text.substr(0, equals), least};
  } catch (const std::exception&) {
  }
  throw ConfigError("--threshold: expected METRIC=VALUE such as accuracy=0.85, got '" + text + "'");
}

class EvalCommand final : public Command {
 public:
  EvalCommand()
      : Command(
            {"eval",
             "score a model on a task",
             "Scores a fine-tuned teacher or student on labelled examples. An encoder without a "
             "head is scored on pairs with a similarity score by the cosine of its vectors.",
             {{"limbeck eval --model sst2 --glue-dir glue", "the task it was fine-tuned on"},
              {"limbeck eval --model student --task stsb --glue-dir glue --format json",
               "an encoder, without any fine-tuning"},
              {"limbeck eval --model own --data dev.tsv --threshold accuracy=0.9",
               "exit code 1 when the accuracy is lower"},
              {"limbeck eval --model own --data dev.tsv --predictions out.jsonl",
               "what it says of each example"}}}) {
    table()
        .bind(options_)
        .directory("model")
        .directory("glue_dir")
        .file("data")
        .file("predictions")
        .choices("dtype", {"float32", "bfloat16", "int8"});
    bind_general();
  }

  int run(const Invocation&) override {
    if (options_.model.empty()) throw ConfigError("--model: expected a model directory");
    std::vector<Threshold> thresholds;
    for (const std::string& text : options_.threshold) thresholds.push_back(parse_threshold(text));
    if (options_.limit < 0)
      throw ConfigError("--limit: expected 0 or more, got " + std::to_string(options_.limit));
    if (!options_.predictions.empty()) require_writable(options_.predictions);
    const data::Task task = chosen_task();
    require_predictions_file(task);
    require_metrics(thresholds, task);
    std::vector<data::Example> examples =
        distill::load_evaluation_examples(task, task_folder(task), options_.data);
    if (options_.limit > 0 && examples.size() > static_cast<size_t>(options_.limit))
      examples.resize(static_cast<size_t>(options_.limit));
    if (examples.empty()) return kInconclusive;
    const distill::TaskScore score = distill::evaluate_task(
        options_.model, nlp::parse_precision(options_.dtype), task, examples);
    if (!options_.predictions.empty())
      write_file_atomic(options_.predictions, distill::prediction_lines(score, task, examples));
    print(task, score);
    return passes(score, thresholds) ? kDone : kGateFailed;
  }

 private:
  /// One that can be written, and replaces nothing unasked and never what is read.
  void require_predictions_file(const data::Task& task) const {
    if (options_.predictions.empty()) return;
    std::filesystem::path task_files;
    if (!options_.glue_dir.empty()) task_files = data::task_folder(task.name, options_.glue_dir);
    require_replaceable(
        "--predictions", options_.predictions, options_.overwrite,
        {{"--data", options_.data}, {"--model", options_.model}, {"--glue-dir", task_files}});
  }

  data::Task chosen_task() const {
    if (!options_.task.empty()) return data::find_task(options_.task);
    const auto head = distill::find_task_head(options_.model);
    if (!head && !options_.data.empty()) return distill::scored_pairs();
    if (!head)
      throw ConfigError("--task: expected the name of a task (the model in " + options_.model +
                        " has no head that tells it)");
    for (const data::Task& task : data::tasks())
      if (task.name == head->task) return task;
    return distill::task_of_head(*head);
  }

  static void require_metrics(const std::vector<Threshold>& thresholds, const data::Task& task) {
    std::string known;
    for (const std::string& name : task.metrics) known += (known.empty() ? "" : ", ") + name;
    for (const Threshold& threshold : thresholds)
      if (std::find(task.metrics.begin(), task.metrics.end(), threshold.metric) ==
          task.metrics.end())
        throw ConfigError("--threshold: metric '" + threshold.metric + "' is not one of: " + known);
  }

  std::string task_folder(const data::Task& task) const {
    if (!options_.glue_dir.empty() || !options_.data.empty()) return options_.glue_dir;
    if (task.name == "snippets") return data::require_asset("snippets").string();
    throw ConfigError("--glue-dir: expected the folder of the GLUE tasks, or --data FILE");
  }

  static bool passes(const distill::TaskScore& score, const std::vector<Threshold>& thresholds) {
    bool passed = true;
    for (const Threshold& threshold : thresholds) {
      const double value = score.metrics.at(threshold.metric);
      if (value >= threshold.least) continue;
      std::fprintf(stderr, "limbeck: %s %.4f is below %.4f\n", threshold.metric.c_str(), value,
                   threshold.least);
      passed = false;
    }
    return passed;
  }

  void print(const data::Task& task, const distill::TaskScore& score) const {
    if (is_quiet()) return;
    if (is_json()) {
      const nlohmann::ordered_json json{{"model", options_.model},    {"task", task.name},
                                        {"method", score.method},     {"dtype", options_.dtype},
                                        {"examples", score.examples}, {"metrics", score.metrics}};
      return print_result(json.dump() + "\n");
    }
    std::string text = task.name + ", " + std::to_string(score.examples) + " examples, by " +
                       (score.method == "head" ? "the model's head" : "cosine of its vectors") +
                       ":\n";
    for (const auto& [name, value] : score.metrics) {
      char line[96];
      std::snprintf(line, sizeof line, "  %-10s %.4f\n", name.c_str(), value);
      text += line;
    }
    print_result(text);
  }

  distill::EvalOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_eval() { return std::make_unique<EvalCommand>(); }

}  // namespace limbeck::tools
