#include "nlp/train/optimizer/optimizer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/tensor/safetensors.h"
#include "nlp/train/optimizer/rules.h"
#include "nlp/train/state_tensors.h"

namespace limbeck::nlp {
namespace {

constexpr std::array<OptimizerRule, 3> kRules = {{
    {"adamw", detail::make_adamw},
    {"sgd", detail::make_sgd},
    {"adadelta", detail::make_adadelta},
}};

/// average += (1 - decay_t) * (value - average), each element alone.
void update_average(std::span<float> average, std::span<const float> value, double decay,
                    int64_t step) {
  const double t = static_cast<double>(step);
  const float share = static_cast<float>(1 - std::min(decay, (1 + t) / (10 + t)));
  parallel_for(static_cast<int64_t>(average.size()), 1 << 16, [&](int64_t begin, int64_t end) {
    for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i)
      average[i] += share * (value[i] - average[i]);
  });
}

void require(bool holds, const char* field, const char* range, double value) {
  if (holds) return;
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  throw ConfigError(std::string(field) + ": expected " + range + ", got " + text);
}

}  // namespace

void OptimizerOptions::validate() const {
  require(beta1 >= 0 && beta1 < 1, "beta1", "0 <= value < 1", beta1);
  require(beta2 >= 0 && beta2 < 1, "beta2", "0 <= value < 1", beta2);
  require(epsilon > 0 && std::isfinite(epsilon), "epsilon", "a value > 0", epsilon);
  require(weight_decay >= 0 && std::isfinite(weight_decay), "weight_decay", "a value >= 0",
          weight_decay);
  require(momentum >= 0 && momentum < 1, "momentum", "0 <= value < 1", momentum);
  require(rho >= 0 && rho < 1, "rho", "0 <= value < 1", rho);
  require(ema_decay >= 0 && ema_decay < 1, "ema_decay", "0 <= value < 1", ema_decay);
  std::string known;
  for (const OptimizerRule& rule : kRules) {
    if (rule.name == optimizer) return;
    known += (known.empty() ? "" : ", ") + std::string(rule.name);
  }
  throw ConfigError("optimizer: expected one of " + known + "; got '" + optimizer + "'");
}

std::span<const OptimizerRule> optimizer_table() { return kRules; }

std::unique_ptr<Optimizer> make_optimizer(const OptimizerOptions& options,
                                          std::vector<Parameter> parameters) {
  options.validate();
  for (const OptimizerRule& rule : kRules)
    if (rule.name == options.optimizer) return rule.make(options, std::move(parameters));
  throw ConfigError("optimizer: unknown '" + options.optimizer + "'");
}

Optimizer::Optimizer(OptimizerOptions options, std::vector<Parameter> parameters,
                     std::vector<std::string> slot_names)
    : options_(std::move(options)), slot_names_(std::move(slot_names)) {
  validate_parameters(parameters);
  for (Parameter& parameter : parameters)
    if (parameter.tensor.requires_grad()) parameters_.push_back(std::move(parameter));
  states_.resize(parameters_.size());
  for (size_t i = 0; i < parameters_.size(); ++i)
    for (size_t s = 0; s < slot_names_.size(); ++s)
      states_[i].slots.push_back(at::zeros(parameters_[i].tensor.sizes(), at::kFloat));
  if (!has_average()) return;
  slot_names_.push_back("average");
  for (size_t i = 0; i < parameters_.size(); ++i)
    states_[i].slots.push_back(parameters_[i].tensor.detach().clone());
}

void Optimizer::step(double learning_rate, double gradient_scale) {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    if (!parameter.tensor.grad().defined()) continue;
    const at::Tensor gradient = dense_gradient(parameter.tensor);
    State& state = states_[i];
    const size_t count = static_cast<size_t>(parameter.tensor.numel());
    Update update{{parameter.tensor.mutable_data_ptr<float>(), count},
                  {gradient.const_data_ptr<float>(), count},
                  {},
                  i,
                  ++state.step,
                  learning_rate * parameter.lr_multiplier,
                  parameter.decay ? options_.weight_decay : 0.0,
                  gradient_scale};
    for (const at::Tensor& slot : state.slots)
      update.slots.push_back(slot.mutable_data_ptr<float>());
    apply(update);
    if (has_average())
      update_average({update.slots.back(), count}, update.value, options_.ema_decay, state.step);
    parameter.tensor.unsafeGetTensorImpl()->bump_version();
  }
}

void Optimizer::exchange_average() {
  if (!has_average()) return;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const size_t count = static_cast<size_t>(parameters_[i].tensor.numel());
    float* value = parameters_[i].tensor.mutable_data_ptr<float>();
    std::swap_ranges(value, value + count, states_[i].slots.back().mutable_data_ptr<float>());
    parameters_[i].tensor.unsafeGetTensorImpl()->bump_version();
  }
}

std::vector<OptimizerSlot> Optimizer::slots() const {
  std::vector<OptimizerSlot> result;
  for (size_t i = 0; i < parameters_.size(); ++i)
    for (size_t s = 0; s < slot_names_.size(); ++s)
      result.push_back({slot_names_[s] + "/" + parameters_[i].name, states_[i].slots[s]});
  return result;
}

void Optimizer::save(const std::filesystem::path& path) const {
  std::vector<NamedTensor> tensors;
  for (const OptimizerSlot& slot : slots())
    tensors.push_back({slot.name, view_of_float32(slot.tensor)});
  for (size_t i = 0; i < parameters_.size(); ++i)
    tensors.push_back({"step/" + parameters_[i].name,
                       {Dtype::kI64, {1}, std::as_bytes(std::span(&states_[i].step, 1))}});
  write_safetensors(path, std::move(tensors), {{"optimizer", options_.optimizer}});
}

void Optimizer::load(const std::filesystem::path& path) {
  const TensorStore store = TensorStore::open(path);
  const size_t expected = parameters_.size() * (slot_names_.size() + 1);
  if (store.tensors().size() != expected)
    throw DataError(path.string() + ": expected " + std::to_string(expected) +
                    " tensors of optimizer state, got " + std::to_string(store.tensors().size()) +
                    " (was it written for another model?)");
  for (const OptimizerSlot& slot : slots()) copy_float32(store, slot.name, slot.tensor, path);
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const TensorView& view = store.at("step/" + parameters_[i].name, {1});
    if (view.dtype != Dtype::kI64)
      throw DataError(path.string() + ": tensor 'step/" + parameters_[i].name +
                      "': expected I64, got " + std::string(dtype_name(view.dtype)));
    std::memcpy(&states_[i].step, view.bytes.data(), sizeof(int64_t));
  }
  state_changed();
}

}  // namespace limbeck::nlp
