#include "verify/certificate/operation_kind.h"

#include <algorithm>
#include <array>

#include "verify/certificate/joint_table.h"
#include "verify/rigor/shape.h"

namespace limbeck::verify {
namespace {

constexpr std::array<std::string_view, 11> kAffine = {
    "linear",  "left_matmul", "conv2d", "scale_shift", "weighted_sum", "reshape",
    "permute", "expand",      "take",   "concat",      "reduce_sum"};

}  // namespace

bool is_scalar(std::string_view op) {
  return std::ranges::any_of(shape_table(), [&](const Shape& shape) { return shape.name == op; });
}

size_t plane_count(std::string_view op) {
  const JointCheck* const row = find_joint(op);
  return row == nullptr ? 0 : row->planes;
}

bool is_affine(std::string_view op) { return std::ranges::find(kAffine, op) != kAffine.end(); }

bool is_known(std::string_view op) {
  return op == "input" || is_affine(op) || is_scalar(op) || plane_count(op) > 0;
}

}  // namespace limbeck::verify
