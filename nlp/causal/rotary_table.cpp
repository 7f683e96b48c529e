#include "nlp/causal/rotary_table.h"

#include <cmath>

#include "nlp/core/threads.h"

namespace limbeck::nlp {

RotaryTable::RotaryTable(const CausalConfig& config) {
  if (config.family != CausalFamily::kLlama) return;
  half_ = config.head_width / 2;
  cosine_.resize(static_cast<size_t>(config.max_positions * half_));
  sine_.resize(cosine_.size());
  std::vector<double> frequency(static_cast<size_t>(half_));
  for (size_t i = 0; i < frequency.size(); ++i) {
    const double exponent = 2.0 * static_cast<double>(i) / static_cast<double>(config.head_width);
    frequency[i] = 1 / std::pow(config.rope_base, exponent);
    if (!config.rope_divisors.empty()) frequency[i] /= config.rope_divisors[i];
  }
  parallel_for(config.max_positions, 256, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p)
      for (int64_t i = 0; i < half_; ++i) {
        const double angle = static_cast<double>(p) * frequency[static_cast<size_t>(i)];
        cosine_[static_cast<size_t>(p * half_ + i)] = static_cast<float>(std::cos(angle));
        sine_[static_cast<size_t>(p * half_ + i)] = static_cast<float>(std::sin(angle));
      }
  });
}

}  // namespace limbeck::nlp
