#include "verify/train/certified_loss.h"

#include <ATen/ATen.h>

#include "verify/pass/backward.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {
namespace {

constexpr int64_t kMostRows = 8;  // classes up to which every margin gets a row of its own

/// Rows e_label - e_c for every other class c, in order: (C - 1, B, C).
at::Tensor margin_rows(const at::Tensor& labels, int64_t classes, at::ScalarType dtype) {
  const at::Tensor unit = at::eye(classes, dtype);
  const at::Tensor step = at::arange(1, classes, at::kLong).unsqueeze(1);  // the others, cyclically
  return unit.index_select(0, labels).unsqueeze(0) -
         unit.index({(labels.unsqueeze(0) + step).remainder(classes)});
}

at::Tensor linear_bound(const Graph& graph, const Region& region,
                        const std::vector<Interval>& intervals, const at::Tensor& rows) {
  const LinearForm form = substitute_to_input(graph, intervals, graph.output(), rows);
  return region.lower(form.coefficient) + form.bias;
}

at::Tensor mix(const at::Tensor& interval, const at::Tensor& linear, double interval_share) {
  return interval * interval_share + linear * (1 - interval_share);
}

/// log(1 + sum_c exp(d_c)) for d_c = z_c - z_label in [low, high], (C - 1, B), by loss fusion. All
/// is divided by exp(top), top >= 0 the largest d_c, so that nothing overflows.
at::Tensor fused(const Graph& graph, const Region& region, const std::vector<Interval>& intervals,
                 const at::Tensor& rows, const Interval& d, double interval_share) {
  const at::Tensor top = std::get<0>(d.upper.max(0)).clamp_min(0).detach();
  const at::Tensor low = (d.lower - top).exp(), high = (d.upper - top).exp();
  const at::Tensor width = d.upper - d.lower, is_wide = width > 1e-6;
  // A line through the lower end that is no flatter than the chord is above exp: on narrow
  // intervals, where the chord cancels, the slope of exp at the upper end.
  const at::Tensor slope = at::where(is_wide, (high - low) / width.masked_fill(~is_wide, 1), high);
  const at::Tensor offset = low - slope * d.lower;
  const at::Tensor row = (rows * slope.unsqueeze(-1)).sum(0, /*keepdim=*/true);  // of -sum s d
  const at::Tensor linear = -linear_bound(graph, region, intervals, row).squeeze(0) + offset.sum(0);
  const at::Tensor by_interval = high.sum(0);  // on wide intervals the chords lose more than that
  const at::Tensor own = (-top).exp();         // of the label itself: the sum is never less
  return top +
         at::maximum(mix(by_interval, at::minimum(linear, by_interval), interval_share) + own, own)
             .log();
}

/// log(1 + sum_c exp(-m_c)) of margins (C - 1, B).
at::Tensor log_of_sum(const at::Tensor& margins) {
  return at::cat({at::zeros_like(margins.narrow(0, 0, 1)), -margins}).logsumexp({0});
}

}  // namespace

at::Tensor robust_cross_entropy(const Graph& graph, const Region& region, const at::Tensor& labels,
                                double interval_share, double logit_scale) {
  const int64_t classes = graph.node(graph.output()).shape.back();
  const at::Tensor rows = margin_rows(labels, classes, region.dtype()) * logit_scale;
  const BoundMethod& ibp = find_bound_method("ibp");
  if (classes > kMostRows) {
    const BoundResult both = bound(graph, region, at::cat({rows, -rows}), ibp);
    const at::Tensor margin = both.lower.narrow(0, 0, classes - 1),
                     opposite = both.lower.narrow(0, classes - 1, classes - 1);
    return fused(graph, region, both.intervals, rows, {opposite, -margin}, interval_share);
  }
  const BoundResult result = bound(graph, region, rows, ibp);
  if (interval_share == 1) return log_of_sum(result.lower);
  const at::Tensor linear = linear_bound(graph, region, result.intervals, rows);
  return log_of_sum(mix(result.lower, linear, interval_share));
}

}  // namespace limbeck::verify
