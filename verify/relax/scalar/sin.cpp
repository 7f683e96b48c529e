#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/wave.h"

namespace limbeck::verify {
namespace {

const Wave& wave() {
  static const Wave wave{[](const at::Tensor& x) { return x.sin(); },
                         [](const at::Tensor& x) { return x.cos(); }, M_PI / 2,
                         [](const at::Tensor& slope) { return slope.acos(); },
                         [](const at::Tensor& slope) { return -slope.acos(); }};
  return wave;
}

at::Tensor value(const Node&, const at::Tensor& x) { return x.sin(); }
Interval interval(const Node&, const Interval& x) { return wave_interval(wave(), x); }
Lines lines(const Node&, const Interval& x) { return wave_lines(wave(), x); }
Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return wave_lines(wave(), x, shift);
}

}  // namespace

const ScalarRule kSin = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
