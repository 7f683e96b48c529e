#include "nlp/causal/sampling.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/kernel/activation.h"

namespace limbeck::nlp {
namespace {

constexpr size_t kBlock = 64;  ///< probabilities that are summed in float before float64

float largest(std::span<const float> values) {
  float most[8];
  std::fill_n(most, 8, values.front());
  size_t i = 0;
  for (; i + 8 <= values.size(); i += 8)
    for (size_t lane = 0; lane < 8; ++lane)
      most[lane] = values[i + lane] > most[lane] ? values[i + lane] : most[lane];
  for (; i < values.size(); ++i) most[0] = std::max(most[0], values[i]);
  return *std::max_element(most, most + 8);
}

/// exp((logit - largest) * factor) of every token.
void weights_of(std::span<const float> logits, double factor, std::vector<float>& weights) {
  const float most = largest(logits), scale = static_cast<float>(factor);
  weights.resize(logits.size());
  for (size_t i = 0; i < logits.size(); ++i) weights[i] = (logits[i] - most) * scale;
  kernel::exp(weights, weights);
}

float block_sum(const float* values, size_t count) {
  float sums[8] = {};
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (size_t lane = 0; lane < 8; ++lane) sums[lane] += values[i + lane];
  float rest = 0;
  for (; i < count; ++i) rest += values[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7])) +
         rest;
}

/// Index into `weights` at which the running sum first exceeds uniform * total.
size_t invert(std::span<const float> weights, double uniform) {
  static thread_local std::vector<double> sums;
  const size_t blocks = (weights.size() + kBlock - 1) / kBlock;
  sums.resize(blocks);
  double total = 0;
  for (size_t b = 0; b < blocks; ++b) {
    sums[b] = block_sum(weights.data() + b * kBlock, std::min(kBlock, weights.size() - b * kBlock));
    total += sums[b];
  }
  if (!(total > 0) || !std::isfinite(total))
    throw DataError("language model: scores of the next token are not finite (is it damaged?)");
  double left = uniform * total;
  size_t block = 0;
  while (block + 1 < blocks && left >= sums[block]) left -= sums[block++];
  size_t last = block * kBlock;  // the last token with any weight, should rounding leave a rest
  for (size_t i = block * kBlock; i < std::min(weights.size(), (block + 1) * kBlock); ++i) {
    if (weights[i] <= 0) continue;
    last = i;
    left -= static_cast<double>(weights[i]);
    if (left < 0) break;
  }
  return last;
}

/// Ids of the `count` largest weights, falling; equal ones by id.
void sort_largest(const std::vector<float>& weights, size_t count, std::vector<int32_t>& ids) {
  ids.resize(weights.size());
  std::iota(ids.begin(), ids.end(), 0);
  const auto before = [&](int32_t a, int32_t b) {
    const float wa = weights[static_cast<size_t>(a)], wb = weights[static_cast<size_t>(b)];
    return wa != wb ? wa > wb : a < b;
  };
  std::partial_sort(ids.begin(), ids.begin() + static_cast<int64_t>(count), ids.end(), before);
  ids.resize(count);
}

/// The ids that top-k and top-p leave, falling.
std::vector<int32_t> candidates(const std::vector<float>& weights, const SamplingOptions& options) {
  const size_t all = weights.size();
  const size_t most =
      options.top_k > 0 ? std::min<size_t>(all, static_cast<size_t>(options.top_k)) : all;
  std::vector<int32_t> ids;
  if (options.top_p >= 1) {
    sort_largest(weights, most, ids);
    return ids;
  }
  double total = 0;
  if (most == all)
    for (const float weight : weights) total += static_cast<double>(weight);
  for (size_t tried = std::min<size_t>(most, 64);; tried = std::min(most, 8 * tried)) {
    sort_largest(weights, tried, ids);
    if (most < all) {
      if (tried < most) continue;
      total = 0;
      for (const int32_t id : ids) total += static_cast<double>(weights[static_cast<size_t>(id)]);
    }
    double mass = 0;
    for (size_t i = 0; i < ids.size(); ++i) {
      mass += static_cast<double>(weights[static_cast<size_t>(ids[i])]);
      if (mass < options.top_p * total) continue;
      ids.resize(i + 1);
      return ids;
    }
    if (tried == most) return ids;
  }
}

}  // namespace

void SamplingOptions::validate() const {
  if (!(temperature >= 0) || !std::isfinite(temperature))
    throw ConfigError("temperature: expected 0 or more, got " + nlohmann::json(temperature).dump());
  if (top_k < 0) throw ConfigError("top-k: expected 0 or more, got " + std::to_string(top_k));
  if (!(top_p > 0 && top_p <= 1))
    throw ConfigError("top-p: expected more than 0, at most 1, got " +
                      nlohmann::json(top_p).dump());
}

int32_t most_probable(std::span<const float> logits) {
  return static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
}

double log_sum_exp(std::span<const float> logits) {
  static thread_local std::vector<float> weights;
  weights_of(logits, 1, weights);
  double total = 0;
  for (size_t b = 0; b < weights.size(); b += kBlock)
    total +=
        static_cast<double>(block_sum(weights.data() + b, std::min(kBlock, weights.size() - b)));
  return static_cast<double>(largest(logits)) + std::log(total);
}

int32_t sample_token(std::span<const float> logits, const SamplingOptions& options,
                     double uniform) {
  if (options.temperature == 0) return most_probable(logits);
  static thread_local std::vector<float> weights, chosen;
  weights_of(logits, 1 / options.temperature, weights);
  if (options.top_k == 0 && options.top_p >= 1)
    return static_cast<int32_t>(invert(weights, uniform));
  const std::vector<int32_t> ids = candidates(weights, options);
  chosen.clear();
  for (const int32_t id : ids) chosen.push_back(weights[static_cast<size_t>(id)]);
  return ids[invert(chosen, uniform)];
}

}  // namespace limbeck::nlp
