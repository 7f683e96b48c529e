#pragma once

#include "verify/certificate/node_check.h"

namespace limbeck::verify {

/// A linear lower bound over the input, every number an enclosure.
struct InputForm {
  std::vector<Enclosure> coefficients;
  Enclosure bias = 0;
};

/// Substitutes one row over `target` down to the input by the lines and planes of a part.
///
/// `is_centred`: as for substitute_joint.
/// Law:     row . target >= coefficients . input + bias wherever the bounds of the nodes before
///          `target` hold and their relaxations were checked; lower ends are taken throughout.
InputForm substitute_row(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
                         size_t target, const std::vector<double>& row, bool is_centred);

}  // namespace limbeck::verify
