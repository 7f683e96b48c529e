#include "fairness/regularize/sentiment_head.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "nlp/model/initialization.h"

namespace limbeck::fairness {

SentimentHeadImpl::SentimentHeadImpl(int64_t feature_width)
    : mean_(register_buffer("mean", at::zeros({feature_width}))),
      deviation_(register_buffer("deviation", at::ones({feature_width}))) {
  first_ = register_module("first", nlp::Dense(feature_width, kSentimentWidth));
  second_ = register_module("second", nlp::Dense(kSentimentWidth, kSentimentWidth));
  out_ = register_module("out", nlp::Dense(kSentimentWidth, 2));
}

void SentimentHeadImpl::draw_weights(uint64_t seed) {
  for (const auto& item : named_parameters()) {
    if (item.value().dim() != 2) continue;
    RandomStream stream(seed, "init/sentiment." + item.key());
    nlp::fill_uniform(item.value(), 1 / std::sqrt(static_cast<double>(item.value().size(1))),
                      stream);
  }
}

void SentimentHeadImpl::fit_scaling(const at::Tensor& features) {
  const at::NoGradGuard no_gradient;
  mean_.copy_(features.mean(0));
  const at::Tensor deviation = (features - mean_).square().mean(0).sqrt();
  deviation_.copy_(at::where(deviation > 0, deviation, at::ones_like(deviation)));
}

at::Tensor SentimentHeadImpl::hidden(const at::Tensor& features) {
  return at::tanh(second_(at::tanh(first_((features - mean_) / deviation_))));
}

at::Tensor SentimentHeadImpl::forward(const at::Tensor& features) { return out_(hidden(features)); }

}  // namespace limbeck::fairness
