#include "verify/relax/scalar/wave.h"

#include <ATen/ATen.h>

#include "verify/relax/clamped.h"

namespace limbeck::verify {
namespace {

constexpr double kTurn = 2 * M_PI;

/// The first point >= from that equals `phase` modulo a full turn.
at::Tensor next_point(const at::Tensor& from, const at::Tensor& phase) {
  return phase + ((from - phase) / kTurn).ceil() * kTurn;
}

/// The last point <= to that equals `phase` modulo a full turn.
at::Tensor last_point(const at::Tensor& to, const at::Tensor& phase) {
  return phase + ((to - phase) / kTurn).floor() * kTurn;
}

at::Tensor holds(const Interval& x, double phase) {
  return next_point(x.lower, at::full_like(x.lower, phase)) <= x.upper;
}

}  // namespace

Interval wave_interval(const Wave& wave, const Interval& x) {
  const at::Tensor at_lower = wave.value(x.lower), at_upper = wave.value(x.upper);
  return {at::minimum(at_lower, at_upper).masked_fill(holds(x, wave.crest + M_PI), -1),
          at::maximum(at_lower, at_upper).masked_fill(holds(x, wave.crest), 1)};
}

namespace {

at::Tensor usual_slope(const Wave& wave, const Interval& x) {
  const at::Tensor one = at::ones_like(x.lower);
  const at::Tensor chord = chord_slope(x, wave.value(x.lower), wave.value(x.upper), -one, one);
  return at::where(x.upper > x.lower, chord, wave.derivative(x.lower));
}

/// Both lines of one slope. The critical points count as constants: there the derivative is 0.
Lines lines_of_slope(const Wave& wave, const Interval& x, const at::Tensor& slope) {
  const at::Tensor falling = wave.falling(slope).detach(), rising = wave.rising(slope).detach();
  const auto rest = [&](const at::Tensor& c) {
    const at::Tensor inside = at::minimum(at::maximum(c, x.lower), x.upper);
    return wave.value(inside) - slope * inside;
  };
  at::Tensor most = at::maximum(rest(x.lower), rest(x.upper)),
             least = at::minimum(rest(x.lower), rest(x.upper));
  most = at::maximum(
      most, at::maximum(rest(next_point(x.lower, falling)), rest(last_point(x.upper, falling))));
  least = at::minimum(
      least, at::minimum(rest(next_point(x.lower, rising)), rest(last_point(x.upper, rising))));
  return {slope, least, slope, most};
}

}  // namespace

Lines wave_lines(const Wave& wave, const Interval& x) {
  return lines_of_slope(wave, x, usual_slope(wave, x));
}

Lines wave_lines(const Wave& wave, const Interval& x, const LineShift& shift) {
  const at::Tensor slope = usual_slope(wave, x);
  const Lines low = lines_of_slope(wave, x, clamped(slope + shift.lower, -1, 1));
  const Lines high = lines_of_slope(wave, x, clamped(slope + shift.upper, -1, 1));
  return {low.lower_slope, low.lower_offset, high.upper_slope, high.upper_offset};
}

}  // namespace limbeck::verify
