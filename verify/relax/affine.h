#pragma once

#include "verify/relax/operation.h"

/// Affine operations; axes in `ints` count from the first item axis.
namespace limbeck::verify {

extern const AffineRule kLinear;       ///< constants: weight (out, in), |weight|, bias or undefined
extern const AffineRule kScaleShift;   ///< constants: scale, shift; each may be undefined
extern const AffineRule kWeightedSum;  ///< numbers: one coefficient an input
extern const AffineRule kReshape;      ///< ints: the shape before
extern const AffineRule kPermute;      ///< ints: axes
extern const AffineRule kExpand;       ///< ints: the shape before, of equal rank
extern const AffineRule kTake;         ///< ints: axis, its size before; constants: index
extern const AffineRule kConcat;       ///< ints: axis, then the size of each input on it
extern const AffineRule
    kReduceSum;  ///< ints: axes, kept as 1; numbers: factor, then their sizes before
extern const AffineRule
    kLeftMatmul;  ///< constants: matrix M (..., m, n), |M|: M x over the last two axes
extern const AffineRule kConv2d;  ///< constants: weight, |weight|, bias; ints: 2 strides, 2
                                  ///< paddings, groups, 2 sizes before

}  // namespace limbeck::verify
