#pragma once

#include <cstddef>

/// The arithmetic of AdamW on plain memory, compiled once for each instruction set (Highway).
namespace limbeck::nlp::detail {

/// What is the same for all elements of a parameter in one step.
struct AdamConstants {
  float gradient_scale;  ///< clip factor
  float keep;            ///< 1 - rate * decay
  float mix1, beta2, mix2;
  float root_scale;  ///< 1 / sqrt(1 - beta2^step)
  float epsilon;
  float step_size;  ///< rate / (1 - beta1^step)
};

/// g <- scale * gradient ; m <- m + mix1 (g - m) ; v <- beta2 v + mix2 g^2 ;
/// value <- keep * value - step_size * m / (root_scale sqrt(v) + epsilon).
/// Averages below the smallest normal number become 0: rare words would else leave subnormals,
/// which cost some hundred cycles each and never die (0.9 * 2^-149 rounds to itself).
void adam_update(const AdamConstants& constants, size_t count, const float* gradient, float* value,
                 float* mean, float* square);

/// True when no bit but the sign is set.
bool is_all_zero(const float* values, size_t count);

}  // namespace limbeck::nlp::detail
