#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor value(const Node&, const at::Tensor& x) { return x.abs(); }

Interval interval(const Node& node, const Interval& x) {
  return valley_interval([&](const at::Tensor& t) { return value(node, t); }, x, 0, 0);
}

Lines lines(const Node& node, const Interval& x) {
  return kinked_lines([&](const at::Tensor& t) { return value(node, t); }, {0}, {-1, 1}, x);
}

at::Tensor is_loose(const Node&, const Interval& x) { return (x.lower < 0) & (x.upper > 0); }

Lines shifted(const Node& node, const Interval& x, const LineShift& shift) {
  return kinked_lines([&](const at::Tensor& t) { return value(node, t); }, {0}, {-1, 1}, x, shift);
}

}  // namespace

const ScalarRule kAbs = {value, interval, lines, is_loose, shifted};

}  // namespace limbeck::verify
