#include "verify/rigor/gate.h"

#include <array>

#include "verify/rigor/elementary.h"

/// With one variable fixed, a function lies at most h^2 / 8 times its greatest second derivative
/// under its chord over a cell of width h, and as much above it by the least one. Twice, once an
/// axis: over a cell, sigmoid(x) t(y) - a x - b y lies within those two of values between its four
/// corners. A plane has no second derivative, so a and b take no part.
namespace limbeck::verify {
namespace {

constexpr size_t kCells = 16;
using Nodes = std::array<double, kCells + 1>;

/// The ends of `cells` cells from l to u, in order and with both included, whatever rounding does.
Nodes nodes(double l, double u, size_t cells) {
  Nodes x;
  x.fill(u);
  x[0] = l;
  for (size_t i = 1; i < cells; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(cells);
    x[i] = std::min(std::max(l * (1 - share) + u * share, x[i - 1]), u);
  }
  return x;
}

double nearest_to_zero(double l, double u) { return l > 0 ? l : u < 0 ? u : 0; }

/// What a second derivative of either sign can be over a cell.
struct Curvature {
  double convex = 0, concave = 0;  ///< sizes
};

/// sigmoid and tanh are convex left of zero, concave right of it.
Curvature curvature(double size, double l, double u) {
  return {l < 0 ? size : 0, u > 0 ? size : 0};
}

double eighth_of_square(double l, double u) {
  const Enclosure h = Enclosure(u) - Enclosure(l);
  return (h * h * Enclosure(0.125)).upper;
}

/// Most that a cell's values lie outside of those at its corners, on either side.
struct Bend {
  double below = 0, above = 0;
};

Bend operator+(const Bend& a, const Bend& b) {
  return {(Enclosure(a.below) + Enclosure(b.below)).upper,
          (Enclosure(a.above) + Enclosure(b.above)).upper};
}

/// Along an axis with curvature c of one factor, where the other factor is in [least, most].
Bend bend(const Curvature& c, double eighth, double least, double most) {
  const double plus = std::max(most, 0.0), minus = std::max(-least, 0.0);
  const auto times = [&](double x, double y) {
    return (Enclosure(x) * Enclosure(y) * Enclosure(eighth)).upper;
  };
  return {std::max(times(c.convex, plus), times(c.concave, minus)),
          std::max(times(c.concave, plus), times(c.convex, minus))};
}

Enclosure factor_value(GateFactor factor, double y) {
  return factor == GateFactor::kTanh ? enclose_tanh(y) : Enclosure(y);
}

bool is_bounded(const Enclosure& x) {
  return x.lower <= x.upper && std::isfinite(x.lower) && std::isfinite(x.upper);
}

/// What the curvature adds to every cell of one row or column.
std::array<Bend, kCells> bends_along_x(GateFactor factor, const Nodes& x, const GateBox& box) {
  const double least = factor_value(factor, box.y.lower).lower,
               most = factor_value(factor, box.y.upper).upper;
  std::array<Bend, kCells> all;
  for (size_t i = 0; i < kCells; ++i)
    all[i] = bend(curvature(sigmoid_curvature(x[i], x[i + 1]), x[i], x[i + 1]),
                  eighth_of_square(x[i], x[i + 1]), least, most);
  return all;
}

std::array<Bend, kCells> bends_along_y(GateFactor factor, const Nodes& y, const GateBox& box) {
  std::array<Bend, kCells> all;
  if (factor == GateFactor::kIdentity) return all;
  const double most = enclose_sigmoid(box.x.upper).upper;
  for (size_t j = 0; j < kCells; ++j)
    all[j] = bend(curvature(tanh_curvature(y[j], y[j + 1]), y[j], y[j + 1]),
                  eighth_of_square(y[j], y[j + 1]), 0, most);
  return all;
}

}  // namespace

double sigmoid_curvature(double l, double u) {
  // s'' = s' (1 - 2 s): s' falls away from 0, |1 - 2 s| = |tanh(x / 2)| grows. Greatest size:
  // 1 / (6 sqrt 3).
  const Enclosure s = enclose_sigmoid(nearest_to_zero(l, u));
  const double far = std::max(std::abs(l), std::abs(u));
  const Enclosure turn = enclose_tanh(Enclosure(far) * Enclosure(0.5));
  return std::min((s * (Enclosure(1) - s) * turn).upper, 0.09622504487);
}

double tanh_curvature(double l, double u) {
  // t'' = -2 t (1 - t^2). Greatest size: 4 / (3 sqrt 3).
  const Enclosure near = enclose_tanh(std::abs(nearest_to_zero(l, u)));
  const Enclosure far = enclose_tanh(std::max(std::abs(l), std::abs(u)));
  return std::min((Enclosure(2) * far * (Enclosure(1) - near * near)).upper, 0.76980035893);
}

Enclosure gate_range(GateFactor factor, const GateBox& box) {
  const Enclosure t = {factor_value(factor, box.y.lower).lower,
                       factor_value(factor, box.y.upper).upper};
  return enclose_sigmoid(box.x) * t;
}

Enclosure gate_rest(GateFactor factor, const GateBox& box, double a, double b) {
  if (!is_bounded(box.x) || !is_bounded(box.y)) return {-kInfinity, kInfinity};
  const size_t columns = factor == GateFactor::kTanh ? kCells : 1;  // of what is linear in y
  const Nodes x = nodes(box.x.lower, box.x.upper, kCells),
              y = nodes(box.y.lower, box.y.upper, columns);
  const std::array<Bend, kCells> along_x = bends_along_x(factor, x, box),
                                 along_y = bends_along_y(factor, y, box);
  std::array<Enclosure, kCells + 1> t, of_y;
  for (size_t j = 0; j <= columns; ++j)
    t[j] = factor_value(factor, y[j]), of_y[j] = Enclosure(b) * Enclosure(y[j]);
  std::array<Enclosure, kCells + 1> before, here;
  Enclosure rest(kInfinity, -kInfinity);
  for (size_t i = 0; i <= kCells; ++i, before = here) {
    const Enclosure s = enclose_sigmoid(x[i]), of_x = Enclosure(a) * Enclosure(x[i]);
    for (size_t j = 0; j <= columns; ++j) here[j] = s * t[j] - of_x - of_y[j];
    for (size_t j = 0; i > 0 && j < columns; ++j) {
      const Bend bent = along_x[i - 1] + along_y[j];
      Enclosure cell(kInfinity, -kInfinity);
      for (const Enclosure& corner : {before[j], before[j + 1], here[j], here[j + 1]})
        cell = {std::min(cell.lower, corner.lower), std::max(cell.upper, corner.upper)};
      cell = {(Enclosure(cell.lower) - Enclosure(bent.below)).lower,
              (Enclosure(cell.upper) + Enclosure(bent.above)).upper};
      if (std::isnan(cell.lower) || std::isnan(cell.upper)) return {-kInfinity, kInfinity};
      rest = {std::min(rest.lower, cell.lower), std::max(rest.upper, cell.upper)};
    }
  }
  return rest;
}

}  // namespace limbeck::verify
