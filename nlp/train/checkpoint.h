#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nlp/train/optimizer/optimizer.h"

namespace limbeck::nlp {

/// A weighted mean in the making.
struct RunningMean {
  double sum = 0, weight = 0;
  void add(double value, double value_weight) {
    sum += value * value_weight;
    weight += value_weight;
  }
};

/// Everything about a run besides weights and optimizer state. Random streams need no place here:
/// each is a pure function of (seed, epoch or step, name).
struct TrainerState {
  int64_t step = 0;              ///< updates done
  int64_t epoch = 0, batch = 0;  ///< position of the next batch
  int64_t best_step = -1;  ///< update after which the monitored metric was best; -1 = none yet
  double best_value = 0;
  int64_t evaluations_without_gain = 0;
  bool is_finished = false;
  bool awaits_evaluation = false;  ///< it was interrupted after the update
  int64_t metrics_position = 0;
  int torch_threads = 0;                       ///< LibTorch's threads when this was written
  std::map<std::string, RunningMean> pending;  ///< values since the last row of the learning curve
};

/// Directories `checkpoint-N` of one run: model.safetensors, optimizer.safetensors,
/// trainer_state.json.
///
/// Law: a process killed at any moment leaves every checkpoint-N whole (built under a hidden name,
/// synced, renamed).
class CheckpointStore {
 public:
  using Notice = std::function<void(const std::string&)>;

  /// Removes what a killed process left half-written. `options` describe the run: resuming with
  /// others is refused.
  CheckpointStore(std::filesystem::path output, int64_t keep_last, nlohmann::ordered_json options,
                  Notice notice);

  /// Writes checkpoint-<state.step>, then removes all but the last `keep_last`.
  /// Throws: DataError when it cannot be written (disk full); earlier checkpoints stay.
  void save(const TrainerState& state, const std::vector<Parameter>& parameters,
            const Optimizer& optimizer);

  /// Loads the newest whole checkpoint; a damaged one is skipped with a notice. Empty: there is
  /// none. Throws: ConfigError `checkpoint-N: was made with learning_rate 0.1, now 0.2 (...)`
  /// naming the first that differs;
  ///         DataError when a whole checkpoint belongs to another model.
  std::optional<TrainerState> load_latest(const std::vector<Parameter>& parameters,
                                          Optimizer& optimizer) const;

  /// The weights of the best evaluation, in best.safetensors. Throws: DataError.
  void save_best(const std::vector<Parameter>& parameters) const;
  void load_best(const std::vector<Parameter>& parameters) const;

  /// Steps of the checkpoints there are, damaged ones too, ascending.
  std::vector<int64_t> steps() const;
  std::filesystem::path path(int64_t step) const;

 private:
  nlohmann::json read_whole(int64_t step) const;
  void remove_old() const;

  std::filesystem::path output_;
  int64_t keep_last_;
  nlohmann::ordered_json options_;
  Notice notice_;
};

/// Throws: ConfigError `WHERE: was made with learning_rate 0.1, now 0.2 (...)` naming the first
/// option,
///         in order of the names, that differs between what is stored and what is asked for now.
void require_same_options(const std::filesystem::path& where, const nlohmann::json& stored,
                          const nlohmann::json& options);

/// Removes checkpoints and best.safetensors, for a finished run whose model stands in best/.
void remove_training_state(const std::filesystem::path& output);

}  // namespace limbeck::nlp
