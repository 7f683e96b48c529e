#pragma once

#include "verify/relax/operation.h"

/// Operations of several inputs, or of a whole row, that are not affine.
namespace limbeck::verify {

extern const JointRule kProduct;    ///< x y, elementwise
extern const JointRule kGate;       ///< sigmoid(x) y, elementwise
extern const JointRule kGatedTanh;  ///< sigmoid(x) tanh(y), elementwise
extern const JointRule kMatmul;  ///< X Y over the last two axes; numbers: 1 when rows of X sum to 1
extern const JointRule kSoftmax;  ///< over the last axis
extern const JointRule kMaximum;  ///< ints: axis, kept as size 1, and its size before

}  // namespace limbeck::verify
