#pragma once

#include <span>

namespace limbeck::data {

/// Matthews correlation coefficient, for any number of classes, in [-1, 1]; 0 when one side has a
/// single class.
///
/// Shapes: predicted, expected (N), N > 0. Throws: ShapeError on different or zero lengths.
/// Source: Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation
/// coefficient", eq. 8.
double matthews_correlation(std::span<const int> predicted, std::span<const int> expected);

}  // namespace limbeck::data
