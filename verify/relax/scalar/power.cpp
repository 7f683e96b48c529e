#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

bool is_even(const Node& node) { return static_cast<int64_t>(node.numbers[0]) % 2 == 0; }

at::Tensor value(const Node& node, const at::Tensor& x) { return x.pow(node.numbers[0]); }

Interval interval(const Node& node, const Interval& x) {
  const Curve f = [&](const at::Tensor& t) { return value(node, t); };
  return is_even(node) ? valley_interval(f, x, 0, 0) : increasing_interval(f, x);
}

SmoothCurve curve(const Node& node) {
  const double n = node.numbers[0];
  return {[n](const at::Tensor& t) { return t.pow(n); },
          [n](const at::Tensor& t) { return n * t.pow(n - 1); },
          {0},
          [n](const Interval& t) {
            return n * (n - 1) * at::maximum(t.lower.abs(), t.upper.abs()).pow(n - 2);
          }};
}

Lines lines(const Node& node, const Interval& x) {
  const SmoothCurve f = curve(node);
  if (!is_even(node)) return smooth_lines(f, x);
  return convex_lines(f.value, f.derivative, x, (x.lower + x.upper) * 0.5);
}

Lines shifted(const Node& node, const Interval& x, const LineShift& shift) {
  const SmoothCurve f = curve(node);
  if (!is_even(node)) return smooth_lines(f, x, shift);
  return convex_lines(f.value, f.derivative, x,
                      moved_point((x.lower + x.upper) * 0.5, x, shift.lower));
}

}  // namespace

const ScalarRule kPower = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
