#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nlp/train/optimizer/optimizer_options.h"
#include "nlp/train/parameter.h"

namespace limbeck::nlp {

/// One tensor that a rule keeps for one parameter.
struct OptimizerSlot {
  std::string name;  ///< such as `exp_avg/encoder.weight`
  at::Tensor tensor;
};

/// Updates parameters from their gradients, each element alone: the number of threads does not
/// change a bit, and adamw (IEEE float32 without contraction) gives the same bits on every
/// processor. Parameters without gradient, or that need none, keep value and state.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// One update with gradients times `gradient_scale` (the clip factor).
  void step(double learning_rate, double gradient_scale = 1.0);

  const std::vector<Parameter>& parameters() const { return parameters_; }

  /// Whether the optimizer keeps an exponential moving average of the weights. After update t it is
  /// decay_t * average + (1 - decay_t) * weight with decay_t = min(ema_decay, (1 + t) / (10 + t)),
  /// so that a short run does not remember where it began.
  bool has_average() const { return options_.ema_decay > 0; }
  /// Exchanges weights and their averages; called again, it takes the exchange back.
  void exchange_average();

  /// Writes the state as safetensors, atomically: float32 slots and `step/<parameter>` (I64).
  /// Throws: DataError.
  void save(const std::filesystem::path& path) const;
  /// Reads what save() wrote. Throws: DataError on a missing, superfluous or misshapen tensor.
  void load(const std::filesystem::path& path);
  /// The slots, in parameter order; they are the state itself, not copies.
  std::vector<OptimizerSlot> slots() const;

 protected:
  /// State is zero. `slot_names` are the tensors that the rule keeps for each parameter, of its
  /// shape. Throws: as validate_parameters.
  Optimizer(OptimizerOptions options, std::vector<Parameter> parameters,
            std::vector<std::string> slot_names);

  /// What the rule sees of one parameter.
  struct Update {
    std::span<float> value;
    std::span<const float> gradient;
    std::vector<float*> slots;
    size_t parameter;      ///< index in parameters()
    int64_t step;          ///< updates of this parameter with this one, from 1
    double learning_rate;  ///< with the parameter's multiplier
    double weight_decay;   ///< 0 where the parameter does not decay
    double gradient_scale;
  };
  virtual void apply(const Update& update) = 0;
  /// Called after load().
  virtual void state_changed() {}

  OptimizerOptions options_;

 private:
  struct State {
    std::vector<at::Tensor> slots;  // of the rule, then the average where there is one
    int64_t step = 0;
  };
  std::vector<Parameter> parameters_;
  std::vector<std::string> slot_names_;
  std::vector<State> states_;
};

/// A row of the table of update rules: a new rule is one file and one row.
struct OptimizerRule {
  std::string_view name;
  std::unique_ptr<Optimizer> (*make)(const OptimizerOptions&, std::vector<Parameter>);
};
std::span<const OptimizerRule> optimizer_table();

/// Throws: ConfigError `optimizer: expected adamw, sgd, adadelta, got 'x'` and as validate().
std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          std::vector<Parameter> parameters);

}  // namespace limbeck::nlp
