#pragma once

#include <span>

namespace limbeck::data {

/// F1 of one class against all others: 2 TP / (2 TP + FP + FN), in [0, 1]; 0 when the class is
/// neither predicted nor expected.
///
/// Shapes: predicted, expected (N), N > 0. Throws: ShapeError on different or zero lengths.
double f1(std::span<const int> predicted, std::span<const int> expected, int positive = 1);

}  // namespace limbeck::data
