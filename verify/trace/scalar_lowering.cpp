#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

constexpr double kSoftplusThreshold = 20;

/// Operations of one argument whose name is that of a row of the operation table.
Nodes same_name(GraphBuilder& b, const LoweringCall& call) {
  return {b.scalar(call.name.substr(6), call.node(0))};
}

Nodes gelu(GraphBuilder& b, const LoweringCall& call) {
  const bool is_tanh = !call.is_none(1) && call[1].value.toStringRef() == "tanh";
  return {b.scalar(is_tanh ? "gelu_tanh" : "gelu", call.node(0))};
}

Nodes leaky_relu(GraphBuilder& b, const LoweringCall& call) {
  const double slope = call.number(1, 0.01);
  if (slope < 0 || slope > 1) call.fail("expected a slope in [0, 1], got " + std::to_string(slope));
  return {b.scalar("leaky_relu", call.node(0), {slope})};
}

/// LibTorch gives x itself above a threshold. At the usual 20 that is log(1 + exp x) less 2e-9,
/// which is taken for rounding; a lower one is another function.
Nodes softplus(GraphBuilder& b, const LoweringCall& call) {
  if (call.number(1, 1) != 1) call.fail("expected beta 1");
  if (call.number(2, kSoftplusThreshold) < kSoftplusThreshold)
    call.fail("expected a threshold of 20 or more");
  return {b.scalar("softplus", call.node(0))};
}

Nodes clamp(GraphBuilder& b, const LoweringCall& call) {
  const double infinity = std::numeric_limits<double>::infinity();
  double least = -infinity, most = infinity;
  if (call.name == "aten::clamp_min") {
    least = call.number(1);
  } else if (call.name == "aten::clamp_max") {
    most = call.number(1);
  } else {
    least = call.number(1, -infinity), most = call.number(2, infinity);
  }
  if (least == 0 && most == infinity) return {b.scalar("relu", call.node(0))};
  return {b.scalar("clamp", call.node(0), {least, most})};
}

Nodes power(GraphBuilder& b, const LoweringCall& call) {
  const double exponent = call.number(1);
  const int64_t x = call.node(0);
  if (exponent == 1) return {x};
  if (exponent == 2) return {b.product(x, x)};
  if (exponent == 0.5) return {b.scalar("sqrt", x)};
  if (exponent == -0.5) return {b.scalar("rsqrt", x)};
  if (exponent == -1) return {b.scalar("reciprocal", x)};
  if (exponent == 0 || !std::isfinite(exponent))
    call.fail("expected a finite exponent other than 0, got " + std::to_string(exponent));
  const bool is_power = exponent >= 2 && exponent == std::floor(exponent);
  return {b.scalar(is_power ? "power" : "real_power", x, {exponent})};
}

Nodes square(GraphBuilder& b, const LoweringCall& call) {
  return {b.product(call.node(0), call.node(0))};
}

constexpr LoweringRow kScalarRows[] = {
    {"aten::relu", same_name},
    {"aten::tanh", same_name},
    {"aten::sigmoid", same_name},
    {"aten::exp", same_name},
    {"aten::log", same_name},
    {"aten::sqrt", same_name},
    {"aten::rsqrt", same_name},
    {"aten::reciprocal", same_name},
    {"aten::abs", same_name},
    {"aten::erf", same_name},
    {"aten::silu", same_name},
    {"aten::sin", same_name},
    {"aten::cos", same_name},
    {"aten::gelu", gelu},
    {"aten::leaky_relu", leaky_relu},
    {"aten::softplus", softplus},
    {"aten::clamp", clamp},
    {"aten::clamp_min", clamp},
    {"aten::clamp_max", clamp},
    {"aten::hardtanh", clamp},
    {"aten::pow", power},
    {"aten::square", square},
};

}  // namespace

std::span<const LoweringRow> scalar_lowerings() { return kScalarRows; }

}  // namespace limbeck::verify
