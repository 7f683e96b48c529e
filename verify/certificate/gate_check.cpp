#include "verify/certificate/joint_table.h"
#include "verify/rigor/gate.h"

/// sigmoid(x) y, sigmoid(x) tanh(y)
namespace limbeck::verify {
namespace {

namespace gate {

enum Plane { kLowerX, kLowerY, kLower, kUpperX, kUpperY, kUpper };

GateFactor factor(const JointPlace& place) {
  return place.node.op == "gate" ? GateFactor::kIdentity : GateFactor::kTanh;
}

GateBox box_of(const JointPlace& place, size_t i) {
  return {place.inputs[0]->at(i), place.inputs[1]->at(i)};
}

std::vector<Enclosure> range(const JointPlace& place) {
  std::vector<Enclosure> y;
  for (size_t i = 0; i < place.node.size(); ++i)
    y.push_back(gate_range(factor(place), box_of(place, i)));
  return y;
}

void check(const JointPlace& place) {
  const auto value = [&](Plane k, size_t i) { return plane(place, k).values[i]; };
  for (size_t i = 0; i < place.node.size(); ++i) {
    const GateBox box = box_of(place, i);
    if (!(value(kLower, i) <=
          gate_rest(factor(place), box, value(kLowerX, i), value(kLowerY, i)).lower))
      refuse(place, i, "the lower plane is not proved to be below the gate");
    if (!(value(kUpper, i) >=
          gate_rest(factor(place), box, value(kUpperX, i), value(kUpperY, i)).upper))
      refuse(place, i, "the upper plane is not proved to be above the gate");
  }
}

JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row,
                             bool /*is_centred*/) {
  JointSubstitution result;
  result.coefficients = {std::vector<Enclosure>(row.size(), 0),
                         std::vector<Enclosure>(row.size(), 0)};
  for (size_t i = 0; i < row.size(); ++i) {
    const Sign sign = sign_of(row[i]);
    if (sign == Sign::kUnknown) {
      result.bias += at_least(place, row[i], i);
      continue;
    }
    const bool is_lower = sign == Sign::kPlus;
    const auto times = [&](Plane k) { return row[i] * Enclosure(plane(place, k).values[i]); };
    result.coefficients[0][i] = times(is_lower ? kLowerX : kUpperX);
    result.coefficients[1][i] = times(is_lower ? kLowerY : kUpperY);
    result.bias += times(is_lower ? kLower : kUpper);
  }
  return result;
}

}  // namespace gate

}  // namespace

const JointCheck kGateCheck = {
    "gate", 2, 6, require_elementwise_shapes, gate::range, gate::check, gate::substitute};
const JointCheck kGatedTanhCheck = {
    "gated_tanh", 2, 6, require_elementwise_shapes, gate::range, gate::check, gate::substitute};

}  // namespace limbeck::verify
