#include "verify/bound/interval.h"

#include <ATen/ATen.h>

#include <sstream>

#include "verify/bound/soundness_error.h"

namespace limbeck::verify {
namespace {

/// How far two sound bounds of one value may cross by rounding, relative to max(1, the largest
/// finite bound of the two intervals).
double crossing_tolerance(at::ScalarType dtype) { return dtype == at::kFloat ? 1e-4 : 1e-9; }

[[noreturn]] void fail(const at::Tensor& lower, const at::Tensor& upper, const at::Tensor& excess,
                       const std::string& where) {
  const int64_t worst = excess.flatten().argmax().item<int64_t>();
  std::ostringstream text;
  text.precision(17);
  text << where << ": lower bound " << lower.flatten()[worst].item<double>()
       << " exceeds upper bound " << upper.flatten()[worst].item<double>() << " at flat index "
       << worst;
  throw SoundnessError(text.str());
}

}  // namespace

at::Tensor center(const Interval& interval) { return (interval.lower + interval.upper) * 0.5; }

at::Tensor radius(const Interval& interval) { return (interval.upper - interval.lower) * 0.5; }

Interval intersect(const Interval& a, const Interval& b, const std::string& where, bool is_exact) {
  const at::Tensor lower = at::fmax(a.lower, b.lower), upper = at::fmin(a.upper, b.upper);
  const at::Tensor excess = (lower - upper).detach();
  if (!excess.gt(0).any().item<bool>()) return {lower, upper};
  at::Tensor size = at::ones_like(excess);
  for (const at::Tensor& bound : {a.lower, a.upper, b.lower, b.upper})
    size = at::fmax(size, bound.detach().abs().masked_fill(~bound.isfinite(), 0));
  const double tolerance = is_exact ? 0 : crossing_tolerance(lower.scalar_type());
  const at::Tensor is_wrong = excess > tolerance * size;
  if (is_wrong.any().item<bool>()) fail(lower, upper, excess.masked_fill(~is_wrong, 0), where);
  return {at::minimum(lower, upper), at::maximum(lower, upper)};
}

}  // namespace limbeck::verify
