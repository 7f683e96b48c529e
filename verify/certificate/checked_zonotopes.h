#pragma once

#include <vector>

#include "verify/certificate/checked_region.h"
#include "verify/certificate/node_check.h"

namespace limbeck::verify {

/// An affine form of every element of a node: centre + sum of terms times symbols, the coordinates
/// of the region first, then errors in [-1, 1], which nodes share.
struct CheckedForm {
  std::vector<double> centre;
  std::vector<double> error;  ///< what the rest of the form may be wrong by, anywhere in the region
  std::vector<double> terms;  ///< (elements, symbols)
  size_t symbols = 0;
};

/// Ranges of the nodes of a graph by zonotopes: affine nodes are followed exactly, what a nonlinear
/// node differs from its line or plane by becomes a symbol of its own.
///
/// Nothing of this is read from a certificate but the boxes and planes that were checked before.
/// The slope of a scalar function is that of its chord over the box: any would be sound. Sums are
/// rounded to nearest; how far each may be off goes into `error` (gamma_n of its absolute terms).
class CheckedZonotopes {
 public:
  /// References outlive the object.
  CheckedZonotopes(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                   const CheckedRegion& region);

  /// The ranges of a node, after those of all nodes before it, whose boxes hold and whose
  /// relaxation was checked.
  std::vector<Enclosure> add_node(size_t node);

 private:
  class JointElement;
  /// Of each element of each input: at least |everything that its form adds up|.
  using Reaches = std::vector<std::vector<double>>;

  CheckedForm input(const Coordinates& coordinates) const;
  CheckedForm affine(size_t node) const;
  CheckedForm scalar(size_t node);
  CheckedForm joint(size_t node);
  /// Elements that differ from their line or plane by at most `widths`: each gets a symbol of its
  /// own, but for what is no more than rounding.
  CheckedForm with_symbols(CheckedForm form, const std::vector<double>& widths);
  const CheckedForm& of(size_t node, size_t k) const;
  Enclosure range(const CheckedForm& form, size_t element) const;
  Reaches reaches_before(size_t node) const;

  const CheckedGraph& graph_;
  const std::vector<NodeProof>& proofs_;
  const CheckedRegion& region_;
  std::vector<CheckedForm> forms_;
  std::vector<size_t> last_reader_;
  size_t coordinates_ = 0;
  size_t symbols_ = 0;  // of the region and all nodes so far: those of a node come after them
};

}  // namespace limbeck::verify
