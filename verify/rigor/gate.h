#pragma once

#include "verify/rigor/rounding.h"

/// Gates of recurrent cells, sigmoid(x) t(y) with t = tanh or the identity: enclosures over a box,
/// also of what a plane leaves of them.
namespace limbeck::verify {

enum class GateFactor { kTanh, kIdentity };

/// All pairs of an x and a y.
struct GateBox {
  Enclosure x, y;
};

/// sigmoid(x) t(y) over the box.
Enclosure gate_range(GateFactor factor, const GateBox& box);

/// sigmoid(x) t(y) - a x - b y over the box, whatever a and b are: so that a x + b y plus the lower
/// end is a plane below the gate, plus the upper end one above it. Tight up to 1/256 of what the
/// curvature of the gate bends over the box.
Enclosure gate_rest(GateFactor factor, const GateBox& box, double a, double b);

/// Most that sigmoid''(x) is in size for l <= x <= u, and tanh''(y).
double sigmoid_curvature(double l, double u);
double tanh_curvature(double l, double u);

}  // namespace limbeck::verify
