#pragma once

#include <span>
#include <vector>

namespace limbeck::fairness {

/// p-values adjusted for many tests, in the order given; reject where the result is <= alpha.
/// Source: Holm 1979 (family-wise error, any dependence); Benjamini & Hochberg 1995 (false
/// discovery rate). Law: never below the given p-value, never above 1, and in its order.
std::vector<double> holm(std::span<const double> p_values);
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

/// A p-value adjusted for the other tests of its family.
struct AdjustedP {
  double holm = 1, bh = 1;
};

/// Both adjustments of a family.
std::vector<AdjustedP> adjusted(std::span<const double> p_values);

}  // namespace limbeck::fairness
