#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "nlp/core/atomic_file.h"
#include "nlp/kernel/product_precision.h"
#include "nlp/train/state_tensors.h"
#include "nlp/train/trainer.h"

namespace limbeck::nlp {

/// Learns the mean of a fixed random score over the words of an example: an embedding table,
/// dropout and a linear map.
class ToyTask : public TrainingTask {
 public:
  explicit ToyTask(int64_t words = 300, int64_t width = 16, int64_t count = 200) : count_(count) {
    const ScopedSeed seed(11);
    table_ = torch::randn({words, width}).set_requires_grad(true);
    linear_ = torch::randn({1, width}).set_requires_grad(true);
    frozen_ = torch::randn({3});
    ids_ = torch::randint(words, {count, 6});
    targets_ = torch::randn({words}).index_select(0, ids_.flatten()).view({count, 6}).mean(1);
  }

  int64_t example_count() const override { return count_; }
  std::vector<int32_t> lengths() const override {
    std::vector<int32_t> lengths;
    for (int64_t i = 0; i < count_; ++i) lengths.push_back(static_cast<int32_t>(3 + i * 7 % 20));
    return lengths;
  }
  std::vector<Parameter> parameters() override {
    return {{"table", table_, 1.0, false}, {"linear", linear_, 0.5, true}, {"frozen", frozen_}};
  }

  at::Tensor loss(const std::vector<int64_t>& examples, StepContext& context) override {
    if (before_loss) before_loss(context);
    const at::Tensor rows = torch::tensor(examples);
    at::Tensor hidden = torch::embedding(table_, ids_.index_select(0, rows)).mean(1);
    hidden = torch::dropout(hidden, dropout, true);
    const at::Tensor loss =
        (torch::matmul(hidden, linear_.t()).squeeze(1) - targets_.index_select(0, rows))
            .square()
            .mean();
    context.log("noise", context.stream("noise").uniform());
    return loss * loss_factor;
  }

  EvaluationResult evaluate() override {
    if (before_evaluation) before_evaluation();
    precision_of_evaluations.insert(kernel::product_precision());
    const at::Tensor hidden = torch::embedding(table_, ids_).mean(1);
    const at::Tensor error = torch::matmul(hidden, linear_.t()).squeeze(1) - targets_;
    const double value = error.square().mean().item<double>();
    if (scripted_scores.empty()) return {{"mse", value}};
    const size_t index = std::min(evaluations++, scripted_scores.size() - 1);
    return {{"mse", value}, {"score", scripted_scores[index]}};
  }

  void save_model(const std::filesystem::path& directory) override {
    save_parameters(directory / "model.safetensors", parameters());
  }

  std::function<void(StepContext&)> before_loss;
  std::function<void()> before_evaluation;
  double dropout = 0.2, loss_factor = 1.0;
  std::vector<double> scripted_scores;  ///< metric `score` of the evaluations in turn
  size_t evaluations = 0;
  std::set<kernel::Arithmetic> precision_of_evaluations;

 private:
  struct ScopedSeed {
    explicit ScopedSeed(uint64_t seed) { torch::manual_seed(seed); }
  };
  int64_t count_;
  at::Tensor table_, linear_, frozen_, ids_, targets_;
};

/// A directory that lives as long as the object.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "limbeck-train-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

inline TrainerOptions toy_options() {
  TrainerOptions options;
  options.epochs = 4;
  options.batch_size = 16;
  options.learning_rate = 0.01;
  options.optimizer.weight_decay = 0.01;
  options.bucket_batches = 4;
  options.log_every = 7;
  options.eval_every = 5;
  options.checkpoint_every = 4;
  options.monitor = "mse";
  options.higher_is_better = false;
  return options;
}

/// Trains a fresh ToyTask in `output`; what the run threw goes on.
inline TrainingResult train_toy(const std::filesystem::path& output, const TrainerOptions& options,
                                bool resume, ToyTask& task,
                                std::vector<std::string>* notices = nullptr) {
  JsonlMetricsSink metrics(output / "metrics.jsonl");
  TrainerConnections connections;
  connections.output = output;
  connections.metrics = &metrics;
  connections.resume_line = "limbeck distill --resume --output " + output.filename().string();
  connections.identity = {{"task", "toy"}};
  if (notices) connections.notice = [=](const std::string& notice) { notices->push_back(notice); };
  return Trainer(options, task, connections).run(resume);
}

}  // namespace limbeck::nlp
