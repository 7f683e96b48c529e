#pragma once

#include <vector>

#include "verify/pass/bound.h"

namespace limbeck::verify {

/// How the largest certified radius is searched.
struct RadiusSearchOptions {
  double norm = 2;          ///< p >= 1 of the ball; infinity for boxes
  double first = 0.01;      ///< first radius tried; > 0
  double tolerance = 1e-2;  ///< stop when upper / lower - 1 of the bracket is smaller; > 0
  int64_t max_steps = 60;   ///< bounds at most
  std::string method = "forward+backward";
  BoundOptions bound = {};
};

/// Bracket of a certified radius: proved at `certified`, not proved at `refused` (infinity: no end
/// was found).
struct Radius {
  double certified = 0, refused = 0;
};

/// Largest radius at which every row of <specification, f(x)> stays positive, for B balls at once:
/// the bracket doubles or halves until it has both ends, then bisects; each step bounds all balls,
/// each at its own radius.
///
/// Shapes:  center (B, *shape); chosen (B, P) flat indices that move; specification (R, B or 1,
///          *output).
/// Law:     the bound at `certified` is positive (0 when none was found).
std::vector<Radius> search_radii(const Graph& graph, const at::Tensor& center,
                                 const at::Tensor& chosen, const at::Tensor& specification,
                                 const RadiusSearchOptions& options);

}  // namespace limbeck::verify
