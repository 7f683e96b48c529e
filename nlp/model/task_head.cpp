#include "nlp/model/task_head.h"

#include <ATen/ATen.h>

#include <cmath>
#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/model/initialization.h"

namespace limbeck::nlp {

at::Tensor pair_features(const at::Tensor& u, const at::Tensor& v) {
  if (u.dim() != 2 || u.sizes() != v.sizes()) {
    std::ostringstream message;
    message << "pair_features: expected two (B, X), got " << u.sizes() << " and " << v.sizes();
    throw ShapeError(message.str());
  }
  return at::cat({u, v, (u - v).abs(), u * v}, 1);
}

TaskHeadImpl::TaskHeadImpl(const HeadConfig& config, int64_t input_width) : config_(config) {
  if (!config.regression && config.labels.size() < 2)
    throw ConfigError("head: labels: expected at least 2 classes, got " +
                      std::to_string(config.labels.size()));
  if (config.hidden_width > 0)
    dense_ = register_module("dense", Dense(input_width, config.hidden_width));
  out_ = register_module("out", Dense(config.hidden_width > 0 ? config.hidden_width : input_width,
                                      config.output_width()));
}

void TaskHeadImpl::initialize(uint64_t seed) {
  for (const auto& item : named_parameters()) {
    RandomStream stream(seed, "init/head." + item.key());
    const double inputs = item.value().dim() == 2 ? static_cast<double>(item.value().size(1)) : 0.0;
    fill_uniform(item.value(), inputs > 0 ? 1.0 / std::sqrt(inputs) : 0.0, stream);
  }
}

at::Tensor TaskHeadImpl::forward(const at::Tensor& features, const StepRandom* random,
                                 double dropout) {
  at::Tensor x = random ? random->dropout(features, dropout, "head") : features;
  if (!dense_.is_empty()) x = at::relu(dense_(x));
  return out_(x);
}

}  // namespace limbeck::nlp
