#pragma once

#include <vector>

#include "verify/pass/form_range.h"
#include "verify/pass/relaxations.h"

namespace limbeck::verify {

/// The nodes of a graph as affine functions of the coordinates of a region and of error symbols in
/// [-1, 1]. What a nonlinear node loses becomes symbols of its own, which later nodes share: errors
/// cancel where paths join, as forward bounds cannot see.
///
/// Source:  Bonaert et al. 2021 (DeepT), multi-norm zonotopes; differs: softmax and gates by the
///          mean of their planes, scalar functions by lines parallel to the chord, symbols only for
///          elements that have an error, each item with its own.
class Zonotopes {
 public:
  /// `most_symbols` are kept where one node separates the graph: those of the largest
  /// coefficients; the others are replaced by one for each element of that node. All references
  /// outlive the object.
  Zonotopes(const Graph& graph, const Region& region, const std::vector<Interval>& intervals,
            Arithmetic arithmetic, int64_t most_symbols);

  /// Makes the form of node i, after those of all nodes before it.
  void add_node(int64_t i);
  /// Of the node that was added last.
  Interval range(int64_t i) const { return range_.of(forms_[static_cast<size_t>(i)]); }

  /// Lower bound of one row (B, *output) of the output: (B).
  at::Tensor row(const at::Tensor& of_output) const { return range_.row(of_output, forms_.back()); }

 private:
  LinearBounds& form(int64_t i) { return forms_[static_cast<size_t>(i)]; }
  LinearBounds made(int64_t i);
  void add_symbols(LinearBounds& form) const;
  void reduce(LinearBounds& form) const;

  const Graph& graph_;
  Relaxations relaxations_;
  Arithmetic arithmetic_;
  int64_t most_symbols_;
  std::vector<LinearBounds> forms_;
  int64_t coordinates_;
  FormRange range_;
  std::vector<int64_t> last_reader_;
  std::vector<bool> separates_;
};

}  // namespace limbeck::verify
