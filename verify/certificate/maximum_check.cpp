#include <algorithm>

#include "verify/certificate/joint_table.h"

/// the largest along an axis
namespace limbeck::verify {
namespace {

namespace maximum {

enum Plane { kIndex, kIsDominant, kMost };

/// The elements of the input that element i is the largest of.
std::vector<size_t> sources(const JointPlace& place, size_t i) {
  const Dimensions& x = place.inputs[0]->lower.shape;
  const size_t axis = to_size(place.node.ints[0]);
  size_t inner = 1;
  for (size_t k = axis + 1; k < x.size(); ++k) inner *= to_size(x[k]);
  std::vector<size_t> all;
  for (size_t k = 0; k < to_size(x[axis]); ++k)
    all.push_back((i / inner * to_size(x[axis]) + k) * inner + i % inner);
  return all;
}

void check_shapes(const JointPlace& place) {
  require_plane_shapes(place);
  const Dimensions &x = place.inputs[0]->lower.shape, &y = place.node.shape;
  require(place,
          !place.node.ints.empty() && x.size() == y.size() &&
              place.node.ints[0] < static_cast<int64_t>(x.size()) &&
              y[to_size(place.node.ints[0])] == 1,
          "has shapes that do not fit");
  for (size_t i = 0; i < x.size(); ++i)
    require(place, static_cast<int64_t>(i) == place.node.ints[0] || x[i] == y[i],
            "has shapes that do not fit");
  const double count = static_cast<double>(x[to_size(place.node.ints[0])]);
  for (const double index : plane(place, kIndex).values)
    require(place, index >= 0 && index < count && index == std::floor(index),
            "has an index out of range");
  for (const double mark : plane(place, kIsDominant).values)
    require(place, mark == 0 || mark == 1, "has a mark that is neither 0 nor 1");
}

std::vector<Enclosure> range(const JointPlace& place) {
  std::vector<Enclosure> y;
  for (size_t i = 0; i < place.node.size(); ++i) {
    Enclosure most(-INFINITY, -INFINITY);
    for (const size_t k : sources(place, i)) {
      const Enclosure x = place.inputs[0]->at(k);
      most = {std::max(most.lower, x.lower), std::max(most.upper, x.upper)};
    }
    y.push_back(most);
  }
  return y;
}

void check(const JointPlace& place) {
  for (size_t i = 0; i < place.node.size(); ++i) {
    const std::vector<size_t> all = sources(place, i);
    const size_t chosen = all[static_cast<size_t>(plane(place, kIndex).values[i])];
    const bool is_dominant = plane(place, kIsDominant).values[i] == 1;
    const double limit =
        is_dominant ? place.inputs[0]->at(chosen).lower : plane(place, kMost).values[i];
    for (const size_t k : all)
      if ((k != chosen || !is_dominant) && !(place.inputs[0]->at(k).upper <= limit))
        refuse(place, i, "the upper plane is below an element that can be the maximum");
  }
}

JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row,
                             bool /*is_centred*/) {
  JointSubstitution result;
  result.coefficients = {std::vector<Enclosure>(place.inputs[0]->lower.size(), 0)};
  for (size_t i = 0; i < row.size(); ++i) {
    const size_t chosen = sources(place, i)[static_cast<size_t>(plane(place, kIndex).values[i])];
    const Sign sign = sign_of(row[i]);
    if (sign == Sign::kPlus || plane(place, kIsDominant).values[i] == 1)
      result.coefficients[0][chosen] = row[i];
    else if (sign == Sign::kMinus)
      result.bias += row[i] * Enclosure(plane(place, kMost).values[i]);
    else
      result.bias += at_least(place, row[i], i);
  }
  return result;
}

}  // namespace maximum

}  // namespace

const JointCheck kMaximumCheck = {
    "maximum", 1, 3, maximum::check_shapes, maximum::range, maximum::check, maximum::substitute};

}  // namespace limbeck::verify
