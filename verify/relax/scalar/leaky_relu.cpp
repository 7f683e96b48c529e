#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor value(const Node& node, const at::Tensor& x) {
  return at::maximum(x, x * node.numbers[0]);
}

Interval interval(const Node& node, const Interval& x) {
  return {value(node, x.lower), value(node, x.upper)};
}

Lines lines(const Node& node, const Interval& x) {
  return kinked_lines([&](const at::Tensor& t) { return value(node, t); }, {0},
                      {node.numbers[0], 1}, x);
}

at::Tensor is_loose(const Node&, const Interval& x) { return (x.lower < 0) & (x.upper > 0); }

Lines shifted(const Node& node, const Interval& x, const LineShift& shift) {
  return kinked_lines([&](const at::Tensor& t) { return value(node, t); }, {0},
                      {node.numbers[0], 1}, x, shift);
}

}  // namespace

const ScalarRule kLeakyRelu = {value, interval, lines, is_loose, shifted};

}  // namespace limbeck::verify
