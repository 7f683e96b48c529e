#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "verify/pass/bound.h"

namespace limbeck::verify {

/// How the largest certified radius is searched.
struct RadiusSearchOptions {
  double norm = 2;              ///< p >= 1 of the ball; infinity for boxes
  double first = 0.01;          ///< first radius tried; > 0
  double tolerance = 1e-2;      ///< stop when upper / lower - 1 of the bracket is smaller; > 0
  int64_t max_steps = 60;       ///< bounds at most
  std::string method = "auto";  ///< one of bound_methods(), or see radius_method()
  BoundOptions bound = {};
  double time_limit_s = 0;  ///< for all balls of one search; 0: none
};

/// Bracket of a certified radius: proved at `certified`, not proved at `refused` by the arithmetic
/// that searched (infinity: no end was found).
struct Radius {
  double certified = 0, refused = 0;
  /// Smallest radius at which another answer was seen, by evaluation; infinity: none was.
  double flipped = std::numeric_limits<double>::infinity();
  at::Tensor flipping = {};  ///< the input where it was seen, (1, *shape); undefined: none was
  bool is_late = false;      ///< the time limit ended the search
  std::string reason = {};   ///< what was unbounded at the smallest refused radius; may be empty
};

/// Regions that grow with a radius around the same inputs: those of items `index` (n), int64, at
/// the radii (n), of their dtype.
///
/// Law:     the region at a radius holds those at smaller radii, and is scaled with the radius.
using GrowingRegion =
    std::function<std::unique_ptr<Region>(const at::Tensor& index, const at::Tensor& radius)>;

/// The method of the options; where it is "auto", zonotope+backward if its symbols fit into two
/// fifths of the memory, else forward+backward.
const BoundMethod& radius_method(const Graph& graph, const GrowingRegion& region,
                                 const RadiusSearchOptions& options);

/// Largest radius at which every row of <specification, f(x)> stays positive, for `count` items at
/// once: the next radius of a bracket is where the margins proved so far, taken for a parabola, are
/// zero, or its middle; each step bounds all items, each at its own radius. As many are bounded
/// together as the memory of a row allows. Radii of networks in float64 are searched in float32 and
/// proved in float64, or in rigorous arithmetic; where that fails, the search goes on in it.
///
/// Shapes:  specification (R, count or 1, *output).
/// Law:     the bound at `certified` is positive (0 when none was found).
/// Throws:  as bound(); Interrupted after a signal when `bound.stops_on_signal`.
std::vector<Radius> search_radii(const Graph& graph, const GrowingRegion& region, int64_t count,
                                 const at::Tensor& specification,
                                 const RadiusSearchOptions& options);

/// The same for lp balls of chosen elements.
///
/// Shapes:  center (B, *shape); chosen (B, P) flat indices that move.
std::vector<Radius> search_radii(const Graph& graph, const at::Tensor& center,
                                 const at::Tensor& chosen, const at::Tensor& specification,
                                 const RadiusSearchOptions& options);

/// LpBalls of these items as a growing region.
GrowingRegion growing_lp_balls(const at::Tensor& center, const at::Tensor& chosen, double norm);

}  // namespace limbeck::verify
