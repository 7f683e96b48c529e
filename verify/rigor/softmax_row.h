#pragma once

#include <span>

/// p_k = exp(x_k) / sum_j exp(x_j) of one row over a box: enclosures of it, and offsets that make
/// given planes sound.
namespace limbeck::verify {

/// The box of a row of n numbers, lower <= upper.
struct RowBox {
  std::span<const double> lower, upper;

  size_t size() const { return lower.size(); }
};

/// least[k] <= p_k <= most[k] over the box.
void softmax_range(const RowBox& x, std::span<double> least, std::span<double> most);

/// Planes  low_k x_k - low_k (low_mix . x) + low_offset_k  <=  p_k  <=
///         high_k x_k - high_k (high_mix . x) + high_offset_k.
struct SoftmaxSlopes {
  std::span<const double> low, low_mix, high, high_mix;
};

/// Offsets for which both planes hold on the box, whatever the slopes are; tight when they are
/// those of verify/relax/joint/softmax.cpp with contact at the centre. -+infinity where none is
/// known.
void softmax_offsets(const RowBox& x, const SoftmaxSlopes& slopes, std::span<double> low_offset,
                     std::span<double> high_offset);

}  // namespace limbeck::verify
