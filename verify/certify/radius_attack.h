#pragma once

#include "verify/certify/radius_search.h"

namespace limbeck::verify {

/// How inputs with another answer are looked for.
struct RadiusAttackOptions {
  int64_t directions = 3;   ///< steepest directions tried, each from where the last one led; >= 1
  double first = 1e-3;      ///< first radius tried where none is certified; > 0
  double reach = 1024;      ///< largest radius tried, as a multiple of the first
  double tolerance = 1e-2;  ///< stop when the bracket of the crossing is narrower, relatively
  bool stops_on_signal = false;
};

/// Sets `flipped` of each radius: the smallest radius at which the attack saw a row of
/// <specification, f(x)> that is <= 0. The inputs lie on rays from the middle of the region, along
/// the move within it that lowers the least row most to first order.
///
/// Shapes:  as search_radii, whose result `radii` is.
/// Law:     certified < flipped.
/// Throws:  SoundnessError when an input inside a certified region has another answer.
void attack_radii(const Graph& graph, const GrowingRegion& region, const at::Tensor& specification,
                  std::vector<Radius>& radii, const RadiusAttackOptions& options = {});

}  // namespace limbeck::verify
