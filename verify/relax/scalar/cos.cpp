#include <ATen/ATen.h>

#include "verify/relax/scalar.h"
#include "verify/relax/scalar/wave.h"

namespace limbeck::verify {
namespace {

const Wave& wave() {
  static const Wave wave{[](const at::Tensor& x) { return x.cos(); },
                         [](const at::Tensor& x) { return -x.sin(); }, 0,
                         [](const at::Tensor& slope) { return -slope.asin(); },
                         [](const at::Tensor& slope) { return slope.asin() + M_PI; }};
  return wave;
}

at::Tensor value(const Node&, const at::Tensor& x) { return x.cos(); }
Interval interval(const Node&, const Interval& x) { return wave_interval(wave(), x); }
Lines lines(const Node&, const Interval& x) { return wave_lines(wave(), x); }
Lines shifted(const Node&, const Interval& x, const LineShift& shift) {
  return wave_lines(wave(), x, shift);
}

}  // namespace

const ScalarRule kCos = {value, interval, lines, nullptr, shifted};

}  // namespace limbeck::verify
