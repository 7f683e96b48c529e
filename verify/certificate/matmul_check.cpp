#include <algorithm>

#include "verify/certificate/joint_table.h"

/// X Y over the last two axes
namespace limbeck::verify {
namespace {

namespace matmul {

enum Plane { kCenterX, kNear, kConstant, kError, kReference };

struct Sizes {
  size_t batches, m, n, p;
};
Sizes sizes(const JointPlace& place) {
  const Dimensions &x = place.inputs[0]->lower.shape, &y = place.inputs[1]->lower.shape;
  const size_t m = to_size(x[x.size() - 2]), n = to_size(x.back()), p = to_size(y.back());
  return {place.node.size() / (m * p), m, n, p};
}

void check_shapes(const JointPlace& place) {
  const Dimensions &x = place.inputs[0]->lower.shape, &y = place.inputs[1]->lower.shape,
                   &z = place.node.shape;
  require(place,
          x.size() >= 2 && y.size() == x.size() && z.size() == x.size() &&
              x.back() == y[y.size() - 2] && z.back() == y.back() &&
              z[z.size() - 2] == x[x.size() - 2] && std::equal(x.begin(), x.end() - 2, y.begin()) &&
              std::equal(x.begin(), x.end() - 2, z.begin()),
          "has shapes that do not fit");
  const Sizes s = sizes(place);
  require(place,
          plane(place, kCenterX).shape == x && plane(place, kNear).shape == y &&
              plane(place, kConstant).shape == z && plane(place, kError).shape == z &&
              plane(place, kReference).size() == s.batches * s.p,
          "has planes of another shape");
  for (const double r : plane(place, kReference).values)
    require(place, r == 0 || place.rows_sum_to_one,
            "has a reference row, which its left factor does not allow");
}

/// Calls visit(i of z, x index, y index) for each product of element i.
template <class Function>
void for_each_product(const Sizes& s, size_t i, const Function& visit) {
  const size_t row = i / s.p, column = i % s.p, batch = row / s.m;
  for (size_t k = 0; k < s.n; ++k) visit(row * s.n + k, (batch * s.n + k) * s.p + column);
}

/// Rows of X sum to one, so X Y = r + X (Y - r) for any row r; 0 elsewhere.
Enclosure reference(const JointPlace& place, const Sizes& s, size_t i) {
  return plane(place, kReference).values[i / (s.m * s.p) * s.p + i % s.p];
}

std::vector<Enclosure> range(const JointPlace& place) {
  const Sizes s = sizes(place);
  std::vector<Enclosure> z;
  for (size_t i = 0; i < place.node.size(); ++i) {
    const Enclosure r = reference(place, s, i);
    Enclosure sum = r;
    for_each_product(s, i, [&](size_t x, size_t y) {
      sum = sum + place.inputs[0]->at(x) * (place.inputs[1]->at(y) - r);
    });
    z.push_back(sum);
  }
  return z;
}

void check(const JointPlace& place) {
  const Sizes s = sizes(place);
  for (size_t i = 0; i < place.node.size(); ++i) {
    const Enclosure r = reference(place, s, i);
    // x (y - r) - near x - cx y, whose sum over k differs from the planes by r - constant.
    Enclosure rest = r - Enclosure(plane(place, kConstant).values[i]);
    for_each_product(s, i, [&](size_t x, size_t y) {
      const double cx = plane(place, kCenterX).values[x], near = plane(place, kNear).values[y];
      const Enclosure moved(near == 0 && r.lower == 0 ? Enclosure(near) : Enclosure(near) + r);
      const Enclosure low = bilinear_residual(place.inputs[0]->at(x), place.inputs[1]->at(y), cx,
                                              moved.lower),
                      high = bilinear_residual(place.inputs[0]->at(x), place.inputs[1]->at(y), cx,
                                               moved.upper);
      rest = rest + Enclosure(std::min(low.lower, high.lower), std::max(low.upper, high.upper));
    });
    if (!(rest.magnitude() <= plane(place, kError).values[i]))
      refuse(place, i, "a plane does not bound the product at a corner");
  }
}

JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row,
                             bool /*is_centred*/) {
  const Sizes s = sizes(place);
  JointSubstitution result;
  result.coefficients = {std::vector<Enclosure>(place.inputs[0]->lower.size(), 0),
                         std::vector<Enclosure>(place.inputs[1]->lower.size(), 0)};
  for (size_t i = 0; i < row.size(); ++i) {
    if (row[i].magnitude() == 0) continue;
    for_each_product(s, i, [&](size_t x, size_t y) {
      Enclosure &of_x = result.coefficients[0][x], &of_y = result.coefficients[1][y];
      of_x = of_x + row[i] * Enclosure(plane(place, kNear).values[y]);
      of_y = of_y + row[i] * Enclosure(plane(place, kCenterX).values[x]);
    });
    result.bias += row[i] * Enclosure(plane(place, kConstant).values[i]) -
                   Enclosure(row[i].magnitude()) * Enclosure(plane(place, kError).values[i]);
  }
  return result;
}

}  // namespace matmul

}  // namespace

const JointCheck kMatmulCheck = {
    "matmul", 2, 5, matmul::check_shapes, matmul::range, matmul::check, matmul::substitute};

}  // namespace limbeck::verify
