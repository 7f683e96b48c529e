#include "verify/certificate/joint_check.h"

#include <algorithm>

#include "verify/certificate/joint_table.h"

namespace limbeck::verify {

const JointCheck* find_joint(std::string_view op) {
  static const JointCheck* const rows[] = {&kProductCheck, &kGateCheck,    &kGatedTanhCheck,
                                           &kMatmulCheck,  &kSoftmaxCheck, &kMaximumCheck};
  const auto row = std::ranges::find(rows, op, &JointCheck::op);
  return row == std::end(rows) ? nullptr : *row;
}

void refuse(const JointPlace& place, size_t element, const std::string& why) {
  throw NotCertified(place.name + ": element " + std::to_string(element) + ": " + why);
}

void require(const JointPlace& place, bool is_good, const std::string& why) {
  if (!is_good) throw DataError(place.name + ": " + why);
}

const Dense& plane(const JointPlace& place, size_t k) { return place.proof.planes[k]; }

void require_plane_shapes(const JointPlace& place) {
  for (const Dense& tensor : place.proof.planes)
    require(place, tensor.shape == place.node.shape, "has planes of another shape");
}

void require_elementwise_shapes(const JointPlace& place) {
  require_plane_shapes(place);
  require(place, !place.node.shape.empty(), "has no axis");
  for (const Box* input : place.inputs)
    require(place, input->lower.shape == place.node.shape, "has shapes that do not fit");
}

Sign sign_of(const Enclosure& a) {
  if (a.lower >= 0) return Sign::kPlus;
  return a.upper <= 0 ? Sign::kMinus : Sign::kUnknown;
}

Enclosure at_least(const JointPlace& place, const Enclosure& a, size_t i) {
  return (a * place.proof.box.at(i)).lower;
}

Enclosure bilinear_residual(const Enclosure& x, const Enclosure& y, double a, double b) {
  Enclosure hull(INFINITY, -INFINITY);
  for (const double s : {x.lower, x.upper})
    for (const double t : {y.lower, y.upper}) {
      const Enclosure here =
          Enclosure(s) * Enclosure(t) - Enclosure(b) * Enclosure(s) - Enclosure(a) * Enclosure(t);
      hull = {std::min(hull.lower, here.lower), std::max(hull.upper, here.upper)};
    }
  return hull;
}

void check_joint_shapes(const JointPlace& place) {
  const JointCheck& row = *find_joint(place.node.op);
  require(place, place.inputs.size() == row.inputs, "has a wrong number of inputs");
  row.check_shapes(place);
}

std::vector<Enclosure> joint_range(const JointPlace& place) {
  return find_joint(place.node.op)->range(place);
}

void check_planes(const JointPlace& place) { find_joint(place.node.op)->check(place); }

JointSubstitution substitute_joint(const JointPlace& place, const std::vector<Enclosure>& row,
                                   bool is_centred) {
  return find_joint(place.node.op)->substitute(place, row, is_centred);
}

}  // namespace limbeck::verify
