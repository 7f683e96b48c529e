#include "verify/relax/parallel_lines.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "verify/rigor/shape.h"

namespace limbeck::verify {

Lines parallel_lines(const Node& node, const Interval& x) {
  const Shape& shape = find_shape(node.op);
  const at::Tensor lower = x.lower.to(at::kDouble).contiguous(),
                   upper = x.upper.to(at::kDouble).contiguous();
  const ScalarRule& rule = std::get<ScalarRule>(find_operation(node.op).rule);
  const at::Tensor width = upper - lower;
  const at::Tensor chord =
      (rule.value(node, upper) - rule.value(node, lower)) / width.masked_fill(width == 0, 1);
  const at::Tensor slope = chord.nan_to_num(0, 0, 0).contiguous();
  const at::Tensor low = at::empty_like(lower), high = at::empty_like(lower);
  const double *l = lower.const_data_ptr<double>(), *u = upper.const_data_ptr<double>(),
               *s = slope.const_data_ptr<double>();
  double *least = low.data_ptr<double>(), *most = high.data_ptr<double>();
  at::parallel_for(0, lower.numel(), 512, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      least[i] = least_rest(shape, node.numbers, l[i], u[i], s[i]);
      most[i] = most_rest(shape, node.numbers, l[i], u[i], s[i]);
    }
  });
  const auto dtype = x.lower.scalar_type();
  const at::Tensor both = slope.to(dtype);
  return {both, low.to(dtype), both, high.to(dtype)};
}

}  // namespace limbeck::verify
