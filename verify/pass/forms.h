#pragma once

#include <optional>
#include <vector>

#include "verify/pass/form_range.h"
#include "verify/pass/relaxations.h"

namespace limbeck::verify {

/// Affine forms of the nodes of a graph over the coordinates of a region. What a nonlinear node
/// loses stays a bound of each element (forward bounds), or becomes an error symbol in [-1, 1] of
/// its own that later nodes share (zonotopes): errors then cancel where paths join.
///
/// Source:  Bonaert et al. 2021 (DeepT), multi-norm zonotopes; differs: softmax and gates by the
///          mean of their planes, scalar functions by lines parallel to the chord, symbols only for
///          elements that have an error, each item with its own.
class Forms {
 public:
  /// With `most_symbols` zonotopes, whose relaxations have parallel lines: so many symbols are kept
  /// where one node separates the graph, those of the largest coefficients; the others are replaced
  /// by one for each element of that node. All references outlive the object.
  Forms(const Graph& graph, const Region& region, Relaxations& relaxations,
        std::optional<int64_t> most_symbols);

  /// Makes the form of node i, after those of all nodes before it; forms that no later node reads
  /// are given up.
  void add_node(int64_t i);
  /// Of the node that was added last.
  Interval range(int64_t i) const { return range_.of(forms_[static_cast<size_t>(i)]); }

  /// Lower bound of one row (B, *output) of the output: (B).
  at::Tensor row(const at::Tensor& of_output) const { return range_.row(of_output, forms_.back()); }

 private:
  Forms(const Graph& graph, const Region& region, Relaxations& relaxations,
        std::optional<int64_t> most_symbols, const LinearBounds& first);

  LinearBounds& form(int64_t i) { return forms_[static_cast<size_t>(i)]; }
  bool is_rigorous() const { return verify::is_rigorous(relaxations_.arithmetic()); }
  int64_t rows(const std::vector<int64_t>& owners) const;
  at::Tensor padded(int64_t i, const std::vector<int64_t>& all, int64_t first, int64_t count) const;
  void make(int64_t i);
  void make_in_pieces(int64_t i);
  void add_symbols(int64_t i, const at::Tensor& middle);
  void reduce(int64_t i);

  const Graph& graph_;
  Relaxations& relaxations_;
  std::optional<int64_t> most_symbols_;
  std::vector<LinearBounds> forms_;  // the largest tensors of all: kept while needed
  int64_t coordinates_;              // of the region
  // Symbols belong to nodes: the nodes whose symbols a form has, ascending, after the coordinates;
  // how many each node has.
  std::vector<std::vector<int64_t>> owners_;
  std::vector<int64_t> symbols_;
  FormRange range_;
  std::vector<int64_t> last_reader_;
  std::vector<bool> separates_;
};

}  // namespace limbeck::verify
