#pragma once

#include <string>
#include <vector>

#include "verify/certificate/certificate.h"
#include "verify/certificate/wide_sum.h"

/// Joint operations in certificates: their ranges, and their planes against the corners of the box
/// (the residual of a bilinear term is bilinear, so its extremes are there).
namespace limbeck::verify {

/// A joint node with its proof and the bounds of its inputs.
struct JointPlace {
  std::string name;  ///< for messages
  const CertifiedNode& node;
  const NodeProof& proof;
  std::vector<const Box*> inputs;
  bool rows_sum_to_one = false;  ///< matmul: the left factor is a softmax
};

/// Throws: DataError when shapes do not fit. To be called before what follows.
void check_joint_shapes(const JointPlace& place);

std::vector<Enclosure> joint_range(const JointPlace& place);

/// Throws: NotCertified.
void check_planes(const JointPlace& place);

/// A row over the node, as coefficients of its inputs and a constant: every value of the row is at
/// least their sum.
/// `is_centred`: softmax subtracts a mean of the row first, which is tighter for rows of many
/// nearly equal elements; forward bounds, which know one element at a time, correspond to rows that
/// are not.
struct JointSubstitution {
  std::vector<std::vector<Enclosure>> coefficients;
  WideSum bias;
};
JointSubstitution substitute_joint(const JointPlace& place, const std::vector<Enclosure>& row,
                                   bool is_centred);

}  // namespace limbeck::verify
