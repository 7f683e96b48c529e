#pragma once

#include <functional>
#include <vector>

#include "verify/certificate/certificate.h"

namespace limbeck::verify {

/// An affine node as the list of its products: y[out] = sum of weight * input_k[in], plus shift.
///
/// Everything that is done with affine nodes (intervals forward, rows backward) follows from this
/// one list, so that each operation is written once.
struct AffineTerms {
  /// visit(out, k, in, weight), for each product; indices are within the shapes.
  using Visit = std::function<void(size_t out, size_t k, size_t in, double weight)>;
  std::function<void(const Visit&)> for_each;
  std::vector<double> shift;  ///< one an output, or empty
};

/// Throws: DataError `node 3 (linear): ...` when constants, numbers and shapes do not fit.
AffineTerms affine_terms(const std::vector<CertifiedNode>& graph, size_t node);

}  // namespace limbeck::verify
