#pragma once

#include <vector>

#include "verify/certificate/affine_terms.h"
#include "verify/certificate/certificate.h"
#include "verify/certificate/joint_check.h"

/// What one node may claim, given the bounds of its inputs.
namespace limbeck::verify {

/// A graph and one part of its proof. Affine nodes are listed once, for all parts.
struct CheckedGraph {
  explicit CheckedGraph(const std::vector<CertifiedNode>& graph);  ///< Throws: DataError

  const std::vector<CertifiedNode>& nodes;
  std::vector<AffineTerms> terms;
};

/// Enclosures of all elements of a node over the bounds of its inputs. Throws: DataError when
/// planes or shapes do not fit.
std::vector<Enclosure> node_range(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                                  size_t node);

/// Every line against its function, every plane against its operation, on the bounds of the inputs.
/// Throws: NotCertified `node 3 (relu): element 5: the lower line is above the function`;
/// DataError.
void check_relaxation(const CheckedGraph& graph, const std::vector<NodeProof>& proofs, size_t node);

/// A joint node with its proof and the bounds of its inputs.
JointPlace joint_place(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                       size_t node);

/// "node 3 (relu)".
std::string node_name(const CheckedGraph& graph, size_t node);

}  // namespace limbeck::verify
