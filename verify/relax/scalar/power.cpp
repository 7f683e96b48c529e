#include <torch/torch.h>

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

Lines lines(const Node& node, const Interval& x) {
  const double n = node.numbers[0];
  const Curve f = [&](const at::Tensor& t) { return value(node, t); };
  const Curve derivative = [n](const at::Tensor& t) { return n * t.pow(n - 1); };
  if (is_even(node)) return convex_lines(f, derivative, x, (x.lower + x.upper) * 0.5);
  const auto curvature = [n](const Interval& t) {
    return n * (n - 1) * at::maximum(t.lower.abs(), t.upper.abs()).pow(n - 2);
  };
  return smooth_lines({f, derivative, {0}, curvature}, x);
}

}  // namespace

const ScalarRule kPower = {value, interval, lines, nullptr};

}  // namespace limbeck::verify
