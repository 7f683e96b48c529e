#pragma once

#include <vector>

#include "nlp/train/parameter.h"

namespace limbeck::nlp {

/// Euclidean norm of all gradients together, in float64. Blocks of fixed size are summed in fixed
/// order, so that the number of threads does not change a bit. Absent gradients count as 0; NaN and
/// infinity come through.
double gradient_norm(const std::vector<Parameter>& parameters);

/// Factor for gradients so that their norm is at most `clip_norm`: 1 when clip_norm is 0 (no
/// clipping) or not exceeded.
double clip_factor(double norm, double clip_norm);

}  // namespace limbeck::nlp
