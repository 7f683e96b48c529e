#include "verify/pass/form_range.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "verify/relax/rigorous.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

/// What sums over thousands of coordinates may be wrong by in arithmetic that is not rigorous, in
/// units of rounding: rounding errors add up like the root of their number.
constexpr double kUsualErrors = 100;

/// sum_c |x_c|, one read of x and no tensor of its size: (C, ...) gives (...).
template <class Number>
void add_sizes(const at::Tensor& x, at::Tensor& sum) {
  constexpr int64_t kBlock = 256;  // sums of a block stay in the first cache
  const int64_t count = x.size(0), width = sum.numel(), blocks = (width + kBlock - 1) / kBlock;
  const Number* from = x.const_data_ptr<Number>();
  Number* to = sum.data_ptr<Number>();
  at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t first = block * kBlock, n = std::min(kBlock, width - first);
      for (int64_t c = 0; c < count; ++c) {
        const Number* row = from + c * width + first;
        for (int64_t k = 0; k < n; ++k) to[first + k] += std::abs(row[k]);
      }
    }
  });
}

at::Tensor sum_of_sizes(const at::Tensor& x) {
  constexpr int64_t kPiece = 256;  // rows that are copied at once where x is a view
  at::Tensor sum = at::zeros(x.sizes().slice(1), x.options());
  for (const at::Tensor& piece :
       x.split(x.is_contiguous() ? std::max<int64_t>(1, x.size(0)) : kPiece)) {
    const at::Tensor from = piece.contiguous();
    if (x.scalar_type() == at::kFloat)
      add_sizes<float>(from, sum);
    else
      add_sizes<double>(from, sum);
  }
  return sum;
}

}  // namespace

FormRange::FormRange(const Region& region, int64_t coordinates, Arithmetic arithmetic)
    : region_(&region), coordinates_(coordinates), arithmetic_(arithmetic) {}

at::Tensor FormRange::reach(int64_t dimensions) const {
  std::vector<int64_t> sizes(static_cast<size_t>(dimensions), 1);
  sizes[0] = region_->batch();
  return region_->coordinate_reach().view(sizes);
}

at::Tensor FormRange::lower(const at::Tensor& coefficients) const {
  const int64_t symbols = coefficients.size(0) - coordinates_;
  if (symbols == 0) return region_->lower_of_coordinates(coefficients);
  return region_->lower_of_coordinates(coefficients.narrow(0, 0, coordinates_)) -
         sum_of_sizes(coefficients.narrow(0, coordinates_, symbols));
}

void FormRange::set_size(LinearBounds& form) const {
  const auto terms = [&](const at::Tensor& coefficients) {
    const int64_t symbols = coefficients.size(0) - coordinates_;
    return sum_of_sizes(coefficients.narrow(0, 0, coordinates_)) * reach(form.middle_bias.dim()) +
           sum_of_sizes(coefficients.narrow(0, coordinates_, symbols));
  };
  form.size = form.middle_bias.abs() + terms(form.middle);
  if (form.half.defined()) form.size = form.size + terms(form.half);
  if (form.half_bias.defined()) form.size = form.size + form.half_bias.abs();
}

/// Norms included; doubled.
at::Tensor FormRange::rounding_of(const at::Tensor& size, int64_t coordinates) const {
  const double n = static_cast<double>(coordinates + region_->roundings() + 8);
  return size * (4 * gamma(n)) + reach(size.dim()) * kRootUnderflow;
}

Interval FormRange::of(const LinearBounds& form) const {
  const at::Tensor middle = form.middle.narrow(0, 0, coordinates_);
  at::Tensor below = middle, above = -middle, half = form.half_bias;
  if (form.half.defined()) below = middle - form.half, above = -middle - form.half;
  if (const int64_t symbols = form.middle.size(0) - coordinates_; symbols > 0) {
    const at::Tensor own = sum_of_sizes(form.middle.narrow(0, coordinates_, symbols));
    half = half.defined() ? half + own : own;
  }
  Interval range = {form.middle_bias + region_->lower_of_coordinates(below),
                    form.middle_bias - region_->lower_of_coordinates(above)};
  if (half.defined()) range = {range.lower - half, range.upper + half};
  if (is_rigorous())
    return widened(range, form.slack + rounding_of(form.size, form.middle.size(0)));
  const double unit = form.middle.scalar_type() == at::kFloat ? kFloatUnit : kUnit;
  const at::Tensor rounding =
      (range.upper - range.lower + form.middle_bias.abs()) * (kUsualErrors * unit);
  return {range.lower - rounding, range.upper + rounding};
}

at::Tensor FormRange::row(const at::Tensor& of_output, const LinearBounds& form) const {
  const at::Tensor row = of_output.flatten(1), size = row.abs();  // (B, N)
  at::Tensor coefficient = (form.middle.flatten(2) * row).sum(-1);
  at::Tensor bias = (form.middle_bias.flatten(1) * row).sum(-1);
  if (form.half.defined()) coefficient = coefficient - (form.half.flatten(2) * size).sum(-1);
  if (!form.is_exact()) bias = bias - (form.half_bias.flatten(1) * size).sum(-1);
  const at::Tensor least = bias + lower(coefficient);
  if (!is_rigorous()) return least;
  const double n = static_cast<double>(row.size(1) + 8);
  const at::Tensor terms = (form.size.flatten(1) * size).sum(-1);
  return least - 2 * (form.slack.flatten(1) * size).sum(-1) - terms * (4 * gamma(n)) -
         rounding_of(terms, form.middle.size(0)) - kUnderflow;
}

}  // namespace limbeck::verify
