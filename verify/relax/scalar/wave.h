#pragma once

#include "verify/relax/scalar/curve.h"

namespace limbeck::verify {

/// sin or cos: 1 at `crest` + 2 pi k, -1 half a turn later.
struct Wave {
  Curve value, derivative;
  double crest;
  /// Where f' falls, and where it rises, through a slope in [-1, 1]; modulo a full turn.
  Curve falling, rising;
};

/// Range on each interval: 1 where it holds a crest, -1 where it holds a trough.
Interval wave_interval(const Wave& wave, const Interval& x);

/// Both lines have the slope of the chord. f - slope x has its maxima where f' falls through the
/// slope and its minima where f' rises; over the turns these are monotone, so the first and the
/// last such point of the interval decide.
Lines wave_lines(const Wave& wave, const Interval& x);
/// The shift is added to the slope, which stays within [-1, 1].
Lines wave_lines(const Wave& wave, const Interval& x, const LineShift& shift);

}  // namespace limbeck::verify
