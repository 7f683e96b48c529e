#pragma once

#include <cstdint>
#include <vector>

#include "nlp/causal/causal_config.h"

namespace limbeck::nlp {

/// Cosines and sines of rotary positions, computed in float64: angle(p, i) = p / (base^(2i / d) *
/// divisor_i). Empty for models without rotary positions.
/// Source: Su et al. 2021, eq. 15.
class RotaryTable {
 public:
  explicit RotaryTable(const CausalConfig& config);

  bool empty() const { return half_ == 0; }
  int64_t half() const { return half_; }  ///< d / 2
  const float* cosines(int64_t position) const { return cosine_.data() + position * half_; }
  const float* sines(int64_t position) const { return sine_.data() + position * half_; }

 private:
  int64_t half_ = 0;
  std::vector<float> cosine_, sine_;  ///< (max_positions, d / 2)
};

}  // namespace limbeck::nlp
