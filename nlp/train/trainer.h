#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nlp/core/progress.h"
#include "nlp/train/batch_sampler.h"
#include "nlp/train/checkpoint.h"
#include "nlp/train/metrics_sink.h"
#include "nlp/train/trainer_options.h"
#include "nlp/train/training_task.h"

namespace limbeck::nlp {

/// What a trainer is connected to.
struct TrainerConnections {
  std::filesystem::path
      output;  ///< existing directory of the run: checkpoint-N/, best/, best.safetensors
  MetricsSink* metrics = nullptr;  ///< rows of the learning curve; null = none
  std::function<void(const std::string&)>
      notice;  ///< one-line remarks, such as a damaged checkpoint; empty = none
  ProgressMode progress = ProgressMode::kNever;
  std::string label = "train";  ///< of the progress bar
  std::string
      resume_line;  ///< what Interrupted says, such as `limbeck distill --resume --output out`
  nlohmann::ordered_json
      identity;  ///< further options that a resumed run must share (teacher, data hash, loss, ...)
  int64_t rank = 0, world_size = 1;  ///< data parallel: only rank 0 writes
  /// Replaces each gradient by its sum over the processes; needed when world_size > 1.
  std::function<void(const std::vector<Parameter>&)> sum_gradients;
};

struct TrainingResult {
  int64_t steps = 0;
  int64_t best_step = 0;
  double best_value = 0;  ///< of the monitored metric; 0 when none is monitored
  bool is_stopped_early = false;
  bool was_finished = false;  ///< there was nothing left to do when it was resumed
};

/// Options that decide a run's result, those that only say how often a checkpoint is written left
/// out: what a resumed run must share with the run that it continues.
nlohmann::ordered_json identity_of(const TrainerOptions& options,
                                   const TrainerConnections& connections);

/// Trains a task: batches, gradients, clipping, schedule, evaluation, early stopping, checkpoints,
/// learning curve.
///
/// Law: a run that is killed at any moment and resumed ends with the same bits of weights,
/// optimizer state and metrics
///      rows as one that is not, with equal options, LibTorch threads and processor.
/// Law: batches, random streams, dropout masks, gradient norm and optimizer do not depend on the
/// number of threads;
///      LibTorch's own sums may round differently with another number (at::set_num_threads).
class Trainer {
 public:
  /// Throws: ConfigError for wrong options, UnsupportedError for parameters that the optimizers do
  /// not take.
  Trainer(TrainerOptions options, TrainingTask& task, TrainerConnections connections);
  ~Trainer();

  /// Trains to the end; with `resume` from the newest whole checkpoint (or from the start when
  /// there is none). Afterwards the parameters are those of the best evaluation (of the last step
  /// without `monitor`), and best/ holds that model.
  ///
  /// Throws: Interrupted after SIGINT or SIGTERM, when the state is saved; Error when the loss or a
  /// gradient is not
  ///         finite (checkpoints stay); DataError when something cannot be written.
  TrainingResult run(bool resume);

  int64_t total_steps() const { return total_steps_; }
  const Optimizer& optimizer() const { return *optimizer_; }

 private:
  void restore(bool resume);
  void take_step();
  double accumulate_gradients();
  [[noreturn]] void fail_not_finite(const std::string& what, double value) const;
  EvaluationResult evaluate_or_save();
  EvaluationResult evaluate();
  void keep_as_best();
  void write_train_row(double learning_rate);
  void write_row(const nlohmann::ordered_json& row);
  void save_checkpoint();
  void stop_if_interrupted();
  bool is_due(int64_t every) const;
  bool writes() const { return connections_.rank == 0; }

  TrainerOptions options_;
  TrainingTask& task_;
  TrainerConnections connections_;
  std::vector<Parameter> parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  BatchSampler sampler_;
  CheckpointStore checkpoints_;
  int64_t total_steps_;
  TrainerState state_;
  double last_loss_ = 0, last_rate_ = 0;
  bool is_saved_ = false;  ///< the state is that of the newest checkpoint
};

}  // namespace limbeck::nlp
