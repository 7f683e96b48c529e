#pragma once

#include <span>
#include <string_view>

#include "verify/certificate/joint_check.h"
#include "verify/certificate/not_certified.h"

/// Joint operations of certificates: one file and one row each. Here is what they share.
namespace limbeck::verify {

struct JointCheck {
  std::string_view op;
  size_t inputs, planes;
  void (*check_shapes)(const JointPlace& place);
  std::vector<Enclosure> (*range)(const JointPlace& place);
  void (*check)(const JointPlace& place);
  JointSubstitution (*substitute)(const JointPlace& place, const std::vector<Enclosure>& row,
                                  bool is_centred);
};

extern const JointCheck kProductCheck, kGateCheck, kGatedTanhCheck, kMatmulCheck, kSoftmaxCheck,
    kMaximumCheck;

/// The row of an operation; null when it is not joint.
const JointCheck* find_joint(std::string_view op);

using Dimensions = std::vector<int64_t>;

[[noreturn]] void refuse(const JointPlace& place, size_t element, const std::string& why);
/// Throws: DataError.
void require(const JointPlace& place, bool is_good, const std::string& why);
const Dense& plane(const JointPlace& place, size_t k);
/// All planes have the shape of the node.
void require_plane_shapes(const JointPlace& place);
/// So have all inputs, which is not a single number.
void require_elementwise_shapes(const JointPlace& place);

/// A row element split by what is known of its sign; of an unknown sign (rounding around zero) it
/// is left to the caller.
enum class Sign { kPlus, kMinus, kUnknown };
Sign sign_of(const Enclosure& a);
/// What an element of unknown sign adds at least, for the box of the node.
Enclosure at_least(const JointPlace& place, const Enclosure& a, size_t i);

/// Hull of x y - b x - a y over the corners.
Enclosure bilinear_residual(const Enclosure& x, const Enclosure& y, double a, double b);

}  // namespace limbeck::verify
