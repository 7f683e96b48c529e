#include <array>

#include "nlp/core/errors.h"
#include "verify/relax/affine.h"
#include "verify/relax/joint.h"
#include "verify/relax/scalar.h"

namespace limbeck::verify {

std::span<const Operation> operation_table() {
  static const std::array rows = {
      Operation{"linear", kLinear},
      Operation{"left_matmul", kLeftMatmul},
      Operation{"conv2d", kConv2d},
      Operation{"scale_shift", kScaleShift},
      Operation{"weighted_sum", kWeightedSum},
      Operation{"reshape", kReshape},
      Operation{"permute", kPermute},
      Operation{"expand", kExpand},
      Operation{"take", kTake},
      Operation{"concat", kConcat},
      Operation{"reduce_sum", kReduceSum},
      Operation{"relu", kRelu},
      Operation{"leaky_relu", kLeakyRelu},
      Operation{"abs", kAbs},
      Operation{"clamp", kClamp},
      Operation{"tanh", kTanh},
      Operation{"sigmoid", kSigmoid},
      Operation{"erf", kErf},
      Operation{"exp", kExp},
      Operation{"log", kLog},
      Operation{"sqrt", kSqrt},
      Operation{"rsqrt", kRsqrt},
      Operation{"reciprocal", kReciprocal},
      Operation{"square", kSquare},
      Operation{"power", kPower},
      Operation{"real_power", kRealPower},
      Operation{"gelu", kGelu},
      Operation{"gelu_tanh", kGeluTanh},
      Operation{"silu", kSilu},
      Operation{"softplus", kSoftplus},
      Operation{"sin", kSin},
      Operation{"cos", kCos},
      Operation{"product", kProduct},
      Operation{"gate", kGate},
      Operation{"gated_tanh", kGatedTanh},
      Operation{"matmul", kMatmul},
      Operation{"softmax", kSoftmax},
      Operation{"maximum", kMaximum},
  };
  return rows;
}

bool Operation::has_shifts() const {
  if (const auto* scalar = std::get_if<ScalarRule>(&rule)) return scalar->shifted != nullptr;
  if (const auto* joint = std::get_if<JointRule>(&rule)) return joint->shifted != nullptr;
  return false;
}

const Operation& find_operation(std::string_view name) {
  for (const Operation& operation : operation_table())
    if (operation.name == name) return operation;
  std::string known;
  for (const Operation& operation : operation_table())
    known += (known.empty() ? "" : ", ") + std::string(operation.name);
  throw UnsupportedError("relaxation_table: no relaxation for op '" + std::string(name) +
                         "'; known: " + known);
}

}  // namespace limbeck::verify
