#include "verify/certificate/joint_table.h"

/// x y
namespace limbeck::verify {
namespace {

namespace product {

enum Plane { kCenterX, kCenterY, kConstant, kError };

std::vector<Enclosure> range(const JointPlace& place) {
  std::vector<Enclosure> y;
  for (size_t i = 0; i < place.node.size(); ++i)
    y.push_back(place.inputs[0]->at(i) * place.inputs[1]->at(i));
  return y;
}

void check(const JointPlace& place) {
  for (size_t i = 0; i < place.node.size(); ++i) {
    const Enclosure rest =
        bilinear_residual(place.inputs[0]->at(i), place.inputs[1]->at(i),
                          plane(place, kCenterX).values[i], plane(place, kCenterY).values[i]) -
        Enclosure(plane(place, kConstant).values[i]);
    if (!(rest.magnitude() <= plane(place, kError).values[i]))
      refuse(place, i, "a plane does not bound the product at a corner");
  }
}

JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row,
                             bool /*is_centred*/) {
  JointSubstitution result;
  result.coefficients.resize(2);
  for (size_t i = 0; i < row.size(); ++i) {
    result.coefficients[0].push_back(row[i] * Enclosure(plane(place, kCenterY).values[i]));
    result.coefficients[1].push_back(row[i] * Enclosure(plane(place, kCenterX).values[i]));
    result.bias += row[i] * Enclosure(plane(place, kConstant).values[i]) -
                   Enclosure(row[i].magnitude()) * Enclosure(plane(place, kError).values[i]);
  }
  return result;
}

}  // namespace product

}  // namespace

const JointCheck kProductCheck = {
    "product",          2, 4, require_elementwise_shapes, product::range, product::check,
    product::substitute};

}  // namespace limbeck::verify
