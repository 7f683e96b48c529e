#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include "verify/relax/clamped.h"
#include "verify/relax/joint.h"
#include "verify/relax/propagate.h"
#include "verify/rigor/rounding.h"
#include "verify/rigor/softmax_row.h"

/// p_k = exp(x_k) / sum_j exp(x_j), in the log domain and with no epsilon anywhere.
/// Source:  Wei et al. 2023, "Convex bounds on the softmax function", LSE bounds; differs: the
/// upper
///          plane is the chord of exp over [ln p_low, ln p_high] at the tangent of the concave
///          x_k - LSE(x), which stays sound on narrow ranges where a tangent of exp does not.
namespace limbeck::verify {
namespace {

/// Any positive number that is larger than the rounding of a sum of underflowing exponentials.
double tiny(at::ScalarType dtype) { return dtype == at::kFloat ? 1e-36 : 1e-300; }

/// sum_{j != k} e_j of non-negative e: sums from both sides, so that nothing cancels.
at::Tensor sum_of_others(const at::Tensor& e) {
  const at::Tensor before = e.cumsum(-1), after = e.flip(-1).cumsum(-1).flip(-1);
  const at::Tensor zero = at::zeros_like(e.narrow(-1, 0, 1));
  const int64_t n = e.size(-1);
  return at::cat({zero, before.narrow(-1, 0, n - 1)}, -1) +
         at::cat({after.narrow(-1, 1, n - 1), zero}, -1);
}

struct LogRange {
  at::Tensor low, high;  // of ln p_k over the box: exact, at the corner where x_k is alone
};

/// Lower: l_k - ln(e^l_k + sum_{j != k} e^u_j); a sum that underflows is replaced by something
/// larger. Upper: u_k - ln(e^u_k + sum_{j != k} e^l_j); one that underflows gives infinity, and 0
/// is known.
LogRange log_range(const Interval& x) {
  const at::Tensor top = x.upper.amax({-1}, /*keepdim=*/true);
  const at::Tensor l = x.lower - top, u = x.upper - top;
  const at::Tensor exp_l = l.exp(), exp_u = u.exp();
  const at::Tensor most = (exp_l + sum_of_others(exp_u)).clamp_min(tiny(l.scalar_type()));
  const at::Tensor least = exp_u + sum_of_others(exp_l);
  return {(l - most.log()).clamp_max(0), (u - least.log()).clamp_max(0)};
}

/// Lower plane k:  low_k x_k - low_k (low_mix . x) + low_offset_k;
/// upper plane k:  high_k x_k - high_k (high_mix . x) + high_offset_k.
struct Planes {
  at::Tensor low, low_mix, low_offset, high, high_mix, high_offset;
};

/// Where the planes touch: any two points of the box.
struct Contacts {
  at::Tensor low, high;
};

Planes planes(const Interval& x, const Contacts& contacts) {
  const at::Tensor top = x.upper.amax({-1}, /*keepdim=*/true);
  const at::Tensor l = x.lower - top, u = x.upper - top, c = contacts.low - top;
  const at::Tensor exp_l = l.exp(), exp_u = u.exp(), width = u - l;
  // Chord of exp over [l, u], at least exp; its slope is a mean of exp and lies in between.
  const at::Tensor slope = at::where(
      width > 0, exp_l * width.clamp_max(30).expm1() / width.masked_fill(width == 0, 1), exp_l);
  const at::Tensor chord_slope =
      at::where(width > 30, (exp_u - exp_l) / width.clamp_min(30), slope);
  const at::Tensor chord =
      at::maximum(exp_l + chord_slope * (c - l), exp_u + chord_slope * (c - u));
  const at::Tensor sum = chord.sum(-1, /*keepdim=*/true);  // S(c) >= sum_j exp
  Planes p;
  // e^x_k / S(x) is log-convex: its tangent at any point is below it, and it is below p_k.
  p.low = c.exp() / sum;
  p.low_mix = chord_slope / sum;
  p.low_offset = p.low * (1 - contacts.low + (p.low_mix * contacts.low).sum(-1, /*keepdim=*/true));
  // z_k = x_k - LSE(x) is concave: its tangent is above it; exp(z) is below its chord.
  const LogRange range = log_range(x);
  const at::Tensor h = contacts.high - top;
  const at::Tensor log_p = h - h.logsumexp({-1}, /*keepdim=*/true), gap = range.high - range.low;
  const at::Tensor floor = range.low.exp();
  const at::Tensor steep = (range.high.exp() - floor) / gap.masked_fill(gap == 0, 1);
  const at::Tensor gentle = floor * gap.clamp_max(1).expm1() / gap.masked_fill(gap == 0, 1);
  p.high = at::where(gap > 1, steep, at::where(gap > 0, gentle, floor));
  p.high_mix = log_p.exp();
  p.high_offset = floor + p.high * (log_p - range.low - contacts.high +
                                    (p.high_mix * contacts.high).sum(-1, /*keepdim=*/true));
  return p;
}

at::Tensor value(const Node&, std::span<const at::Tensor> inputs) { return inputs[0].softmax(-1); }

Interval interval(const Node&, std::span<const Interval> inputs) {
  const LogRange range = log_range(inputs[0]);
  return {range.low.exp(), range.high.exp()};
}

/// Named planes and the tensors of the rule's table hold the same, in one order.
enum Plane { kLow, kLowMix, kLowOffset, kHigh, kHighMix, kHighOffset };

Tensors usual_planes(const Node&, std::span<const Interval> inputs) {
  const Planes p = planes(inputs[0], {center(inputs[0]), center(inputs[0])});
  return {p.low, p.low_mix, p.low_offset, p.high, p.high_mix, p.high_offset};
}

Planes named(const Tensors& p) {
  return {p[kLow], p[kLowMix], p[kLowOffset], p[kHigh], p[kHighMix], p[kHighOffset]};
}

/// As sum_k p_k = 1, <a, p> = <a - r, p> + r for any reference r. The p-weighted mean of a keeps
/// the coefficients small where values are nearly equal, and with them what the planes lose.
Substitution substitute(const Planes& p, const at::Tensor& rows) {
  const at::Tensor reference = (rows * p.high_mix).sum(-1, /*keepdim=*/true);
  const at::Tensor a = rows - reference;
  const at::Tensor plus = a.clamp_min(0), minus = a.clamp_max(0);
  const at::Tensor low = plus * p.low, high = minus * p.high;
  const at::Tensor coefficient =
      low + high - low.sum(-1, true) * p.low_mix - high.sum(-1, true) * p.high_mix;
  return {{coefficient},
          reference.flatten(2).sum(-1) + dot_items(plus, p.low_offset) +
              dot_items(minus, p.high_offset)};
}

Substitution backward(const Node&, const Tensors& p, const at::Tensor& rows) {
  return substitute(named(p), rows);
}

/// Terms of a plane k are V_k = P_k (t_k + mix . t) and |offset_k|; the row that meets them is
/// a - reference, of size at most |a_k| + sum_j |a_j| mix_j, so that every sum over planes appears
/// once more times mix. The reference itself is a term of size |a| mix, and what rounding changes
/// in a - reference meets p_k <= 1.
Reach reach(const Node&, const Tensors& p, std::span<const at::Tensor> magnitudes) {
  const at::Tensor size = at::maximum(p[kLow].abs(), p[kHigh].abs());
  const at::Tensor mix = at::maximum(p[kLowMix].abs(), p[kHighMix].abs());
  const at::Tensor mixed = (mix * magnitudes[0]).sum(-1, /*keepdim=*/true);
  const at::Tensor linear = size * (magnitudes[0] + mixed);
  const at::Tensor offset = at::maximum(p[kLowOffset].abs(), p[kHighOffset].abs());
  return {linear + mix * linear.sum(-1, /*keepdim=*/true),
          offset + 1 + mix * (offset.sum(-1, /*keepdim=*/true) + 2)};
}

/// Calls `row(box, first element)` for each row of a contiguous box, on all threads.
template <class Row>
void for_each_row(const Interval& x, const Row& row) {
  const int64_t n = x.lower.size(-1);
  const double *lower = x.lower.const_data_ptr<double>(), *upper = x.upper.const_data_ptr<double>();
  const size_t size = static_cast<size_t>(n);
  at::parallel_for(0, x.lower.numel() / n, 16, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      row(RowBox{{lower + i * n, size}, {upper + i * n, size}}, static_cast<size_t>(i * n));
  });
}

Interval outward_interval(const Node&, std::span<const Interval> inputs) {
  const Interval x{inputs[0].lower.contiguous(), inputs[0].upper.contiguous()};
  const Interval y{at::empty_like(x.lower), at::empty_like(x.lower)};
  double *least = y.lower.data_ptr<double>(), *most = y.upper.data_ptr<double>();
  for_each_row(x, [&](const RowBox& box, size_t first) {
    softmax_range(box, {least + first, box.size()}, {most + first, box.size()});
  });
  return y;
}

/// exp(x - top) errs by |x - top| roundings of its argument, at most 128 before float32 underflows,
/// and by a few of its own; the sum and the quotient by n + 1.
at::Tensor execution(const Node&, std::span<const Interval> inputs) {
  const double n = 2 * static_cast<double>(inputs[0].lower.size(-1)) + 2 * kExecutedUlps;
  const at::Tensor spread =
      (inputs[0].upper.amax({-1}, true) - inputs[0].lower.amin({-1}, true)).clamp_max(128) * 4;
  const at::Tensor most = log_range(inputs[0]).high.exp() * (1 + 1e-9);
  return most * (spread * kFloatUnit + gamma_float(n)) + kFloatUnderflow;
}

void move_outward(std::span<const Interval> inputs, Tensors& planes) {
  const Interval x{inputs[0].lower.contiguous(), inputs[0].upper.contiguous()};
  for (at::Tensor& plane : planes) plane = plane.contiguous();
  const auto part = [&](Plane plane, size_t first, size_t size) {
    return std::span<double>(planes[plane].data_ptr<double>() + first, size);
  };
  for_each_row(x, [&](const RowBox& box, size_t first) {
    const auto row = [&](Plane plane) { return part(plane, first, box.size()); };
    softmax_offsets(box, {row(kLow), row(kLowMix), row(kHigh), row(kHighMix)}, row(kLowOffset),
                    row(kHighOffset));
  });
}

/// The shift times the radius is added to the points of contact.
Substitution shifted(const Node&, std::span<const Interval> inputs, const at::Tensor& rows,
                     const LineShift& shift) {
  const Interval& x = inputs[0];
  return substitute(planes(x, {center(x) + clamped(shift.lower, -1, 1) * radius(x),
                               center(x) + clamped(shift.upper, -1, 1) * radius(x)}),
                    rows);
}

LinearBounds forward(const Node&, const Tensors& tensors, std::span<const LinearBounds> bounds) {
  const Planes p = named(tensors);
  const LinearBounds& x = bounds[0];
  const auto mixed = [](const at::Tensor& scale, const at::Tensor& mix, const at::Tensor& form,
                        double sign) {
    return scale * (form + sign * (mix * form).sum(-1, /*keepdim=*/true));
  };
  at::Tensor low = mixed(p.low, p.low_mix, x.middle, -1),
             high = mixed(p.high, p.high_mix, x.middle, -1);
  at::Tensor low_bias = mixed(p.low, p.low_mix, x.middle_bias, -1) + p.low_offset;
  at::Tensor high_bias = mixed(p.high, p.high_mix, x.middle_bias, -1) + p.high_offset;
  if (!x.is_exact()) {  // all weights are positive: what is subtracted takes the other bound
    low = low - mixed(p.low, p.low_mix, x.half, 1);
    high = high + mixed(p.high, p.high_mix, x.half, 1);
    low_bias = low_bias - mixed(p.low, p.low_mix, x.half_bias, 1);
    high_bias = high_bias + mixed(p.high, p.high_mix, x.half_bias, 1);
  }
  return {(low + high) * 0.5, (low_bias + high_bias) * 0.5, (high - low) * 0.5,
          (high_bias - low_bias) * 0.5};
}

}  // namespace

const JointRule kSoftmax = {value, interval, backward,         forward,      usual_planes,
                            reach, shifted,  outward_interval, move_outward, execution};

}  // namespace limbeck::verify
