#pragma once

#include <span>

namespace limbeck::data {

/// Pearson's linear correlation, in [-1, 1]; 0 when one side is constant (where it is undefined).
///
/// Shapes: x, y (N), N > 0, finite. Throws: ShapeError on different or zero lengths.
double pearson_correlation(std::span<const double> x, std::span<const double> y);

}  // namespace limbeck::data
