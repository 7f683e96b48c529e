#pragma once

#include "verify/bound/arithmetic.h"
#include "verify/relax/operation.h"

namespace limbeck::verify {

/// Which lines a scalar function gets.
enum class LineKind {
  kUsual,     ///< those of its rule
  kParallel,  ///< of one slope, see parallel_lines()
};

/// How one node meets linear bounds, over fixed intervals of its inputs: made once, used by every
/// block of rows and by forward bounds.
struct Relaxation {
  Lines lines = {};     ///< of a scalar function
  Tensors planes = {};  ///< of a joint operation

  // Rigorous arithmetic only.
  Reach reach = {};       ///< absolute terms of its affine form or planes at the inputs
  at::Tensor slack = {};  ///< (B, *shape): rounding moves a substitution by <|rows|, slack> at most
  at::Tensor underflow = {};  ///< (B): and by so much, whatever the rows are
  at::Tensor execution = {};  ///< (B, *shape): what float32 may be wrong by in this node
};

/// `readers`: most nodes that read one of the inputs. Intervals are used by nonlinear operations,
/// and by all of them in rigorous arithmetic.
Relaxation relax(const Node& node, std::span<const Interval> inputs,
                 Arithmetic arithmetic = Arithmetic::kNearest, int64_t readers = 1,
                 LineKind kind = LineKind::kUsual);

}  // namespace limbeck::verify
