#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {
namespace {

at::Tensor value(const Node& node, const at::Tensor& x) {
  return x.clamp(node.numbers[0], node.numbers[1]);
}

Interval interval(const Node& node, const Interval& x) {
  return {value(node, x.lower), value(node, x.upper)};
}

Lines lines(const Node& node, const Interval& x) {
  return kinked_lines([&](const at::Tensor& t) { return value(node, t); }, node.numbers, {0, 1}, x);
}

Lines shifted(const Node& node, const Interval& x, const LineShift& shift) {
  return kinked_lines([&](const at::Tensor& t) { return value(node, t); }, node.numbers, {0, 1}, x,
                      shift);
}

}  // namespace

const ScalarRule kClamp = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
