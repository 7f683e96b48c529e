#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace limbeck::nlp {

/// The random numbers of one training step: every mask is a pure function of (seed, step, site), so
/// a resumed run draws the same ones, whatever the number of threads.
class StepRandom {
 public:
  StepRandom(uint64_t seed, uint64_t step) : seed_(seed), step_(step) {}

  /// Factors of the given shape: 0 with probability p (to 1/65536), else the factor that keeps the
  /// mean; no gradient. `site` names the place in the network: each place of a step needs a name of
  /// its own. Throws: ConfigError unless 0 <= p < 1.
  at::Tensor dropout_mask(at::IntArrayRef shape, double p, std::string_view site,
                          const at::TensorOptions& options) const;

  /// x times a mask of its shape; x itself when p = 0.
  at::Tensor dropout(const at::Tensor& x, double p, std::string_view site) const;

 private:
  uint64_t seed_, step_;
};

}  // namespace limbeck::nlp
