#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

/// log(1 + e^x) without overflow.
at::Tensor softplus_of(const at::Tensor& x) { return x.clamp_min(0) + (-x.abs()).exp().log1p(); }
at::Tensor derivative(const at::Tensor& x) { return x.sigmoid(); }

at::Tensor value(const Node&, const at::Tensor& x) { return softplus_of(x); }

Interval interval(const Node&, const Interval& x) { return increasing_interval(softplus_of, x); }

Lines lines(const Node&, const Interval& x) {
  return convex_lines(softplus_of, derivative, x, (x.lower + x.upper) * 0.5);
}

Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return convex_lines(softplus_of, derivative, x,
                      moved_point((x.lower + x.upper) * 0.5, x, shift.lower));
}

}  // namespace

const ScalarRule kSoftplus = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
