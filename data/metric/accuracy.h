#pragma once

#include <span>

namespace limbeck::data {

/// Share of equal labels, in [0, 1].
///
/// Shapes: predicted, expected (N), N > 0. Throws: ShapeError on different or zero lengths.
double accuracy(std::span<const int> predicted, std::span<const int> expected);

}  // namespace limbeck::data
