#include <string>

#include "nlp/core/errors.h"
#include "verify/rigor/elementary.h"
#include "verify/rigor/shape.h"

namespace limbeck::verify {
namespace {

// --- where curvature changes sign

template <bool kIsConvex>
Turns no_turns(double, double, Numbers) {
  Turns turns;
  turns.is_convex_first = kIsConvex;
  return turns;
}

/// Of all turns of a function, ascending, those inside the interval.
Turns inside(double lower, double upper, std::initializer_list<double> all, bool is_convex_first) {
  Turns turns;
  turns.is_convex_first = is_convex_first;
  for (const double point : all) {
    if (point <= lower) turns.is_convex_first = !turns.is_convex_first;
    if (point > lower && point < upper) turns.points[turns.count++] = point;
  }
  return turns;
}

/// Convex on x < 0, concave on x > 0.
Turns s_turns(double lower, double upper, Numbers) { return inside(lower, upper, {0}, true); }

/// Concave, convex, concave.
template <const double& kTurn>
Turns bell_turns(double lower, double upper, Numbers) {
  return inside(lower, upper, {-kTurn, kTurn}, false);
}

/// Turns at phase + k pi; convex right of phase.
Turns wave_turns(double lower, double upper, double phase) {
  Turns turns;
  const double most = static_cast<double>(Turns::kMost) - 2;
  if (!(upper - lower < most * M_PI) || !(std::max(std::abs(lower), std::abs(upper)) < 1e6)) {
    turns.are_too_many = true;
    return turns;
  }
  double k = std::floor((lower - phase) / M_PI);
  while (phase + k * M_PI > lower) k -= 1;
  while (phase + (k + 1) * M_PI <= lower) k += 1;
  turns.is_convex_first = std::fmod(k, 2) == 0;
  for (k += 1; phase + k * M_PI < upper; k += 1) turns.points[turns.count++] = phase + k * M_PI;
  return turns;
}

// --- functions

Enclosure no_less(const Enclosure& x, double least) { return {std::max(x.lower, least), x.upper}; }

Enclosure relu(double x, Numbers) { return std::max(x, 0.0); }
Enclosure absolute(double x, Numbers) { return std::abs(x); }
Turns kink_at_zero(double lower, double upper, Numbers) { return inside(lower, upper, {0}, true); }
Enclosure leaky_relu(double x, Numbers n) { return x >= 0 ? x : Enclosure(n[0]) * Enclosure(x); }
Enclosure clamp(double x, Numbers n) { return std::min(std::max(x, n[0]), n[1]); }
Turns clamp_turns(double lower, double upper, Numbers n) {
  return inside(lower, upper, {n[0], n[1]}, true);
}

Enclosure tanh_at(double x, Numbers) { return enclose_tanh(x); }
/// 4 e / (1 + e)^2 with e = e^-2|x|.
Enclosure tanh_slope(double x, Numbers) {
  const Enclosure e = enclose_exp(-2 * std::abs(x)), sum = Enclosure(1) + e;
  return no_less(Enclosure(4) * e / (sum * sum), 0);
}

Enclosure sigmoid_at(double x, Numbers) { return enclose_sigmoid(x); }
Enclosure sigmoid_slope(double x, Numbers) {
  const Enclosure e = enclose_exp(-std::abs(x)), sum = Enclosure(1) + e;
  return no_less(e / (sum * sum), 0);
}

const Enclosure kTwoOverRootPi = outward(M_2_SQRTPI, M_2_SQRTPI);
Enclosure erf_at(double x, Numbers) { return enclose_erf(x); }
Enclosure erf_slope(double x, Numbers) {
  return no_less(kTwoOverRootPi * enclose_exp(-(Enclosure(x) * Enclosure(x))), 0);
}

Enclosure exp_at(double x, Numbers) { return enclose_exp(x); }

bool is_positive(double lower, double) { return lower > 0; }
bool is_not_negative(double lower, double) { return lower >= 0; }
bool has_no_zero(double lower, double upper) { return lower > 0 || upper < 0; }

Enclosure log_at(double x, Numbers) { return enclose_log(x); }
Enclosure log_slope(double x, Numbers) { return Enclosure(1) / Enclosure(x); }

/// Its slope at 0 is infinite.
Enclosure sqrt_at(double x, Numbers) { return enclose_sqrt(x); }
Enclosure sqrt_slope(double x, Numbers) {
  if (x <= 0) return {0, std::numeric_limits<double>::infinity()};
  return Enclosure(0.5) / enclose_sqrt(x);
}

Enclosure rsqrt_at(double x, Numbers) { return Enclosure(1) / enclose_sqrt(x); }
Enclosure rsqrt_slope(double x, Numbers) {
  return Enclosure(-0.5) / (Enclosure(x) * enclose_sqrt(x));
}

Enclosure reciprocal_at(double x, Numbers) { return Enclosure(1) / Enclosure(x); }
Enclosure reciprocal_slope(double x, Numbers) {
  return Enclosure(-1) / (Enclosure(x) * Enclosure(x));
}
Turns reciprocal_turns(double lower, double, Numbers) {
  Turns turns;
  turns.is_convex_first = lower > 0;
  return turns;
}

Enclosure square_at(double x, Numbers) { return no_less(Enclosure(x) * Enclosure(x), 0); }
Enclosure square_slope(double x, Numbers) { return 2 * x; }

int exponent(Numbers n) { return static_cast<int>(n[0]); }
Enclosure power_at(double x, Numbers n) { return enclose_power(x, exponent(n)); }
Enclosure power_slope(double x, Numbers n) {
  return Enclosure(n[0]) * enclose_power(x, exponent(n) - 1);
}
/// Concave on x < 0 for odd exponents.
Turns power_turns(double lower, double upper, Numbers n) {
  if (exponent(n) % 2 == 0 || exponent(n) == 1) return no_turns<true>(lower, upper, n);
  return inside(lower, upper, {0}, false);
}

/// x^p = e^(p ln x).
Enclosure real_power_at(double x, Numbers n) {
  return no_less(enclose_exp(Enclosure(n[0]) * enclose_log(x)), 0);
}
Enclosure real_power_slope(double x, Numbers n) {
  return Enclosure(n[0]) * real_power_at(x, n) / Enclosure(x);
}
Turns real_power_turns(double, double, Numbers n) {
  Turns turns;
  turns.is_convex_first = n[0] < 0 || n[0] > 1;
  return turns;
}

constexpr double kGeluTurn = M_SQRT2;
/// x Phi(x) = x erfc(-x / sqrt 2) / 2.
Enclosure normal_below(double x) {
  return Enclosure(0.5) * enclose_erfc(Enclosure(-x) * outward(M_SQRT1_2, M_SQRT1_2));
}
Enclosure gelu_at(double x, Numbers) { return Enclosure(x) * normal_below(x); }
Enclosure gelu_slope(double x, Numbers) {
  const Enclosure half_square = Enclosure(-0.5) * (Enclosure(x) * Enclosure(x));
  const Enclosure density =
      outward(0.3989422804014327, 0.3989422804014327) * enclose_exp(half_square);
  return normal_below(x) + Enclosure(x) * density;
}

constexpr double kGeluTanhTurn = 1.4185040087908283;
const Enclosure kTwoRoot = Enclosure(2) * outward(0.7978845608028654, 0.7978845608028654);
/// 2 sqrt(2 / pi) (x + 0.044715 x^3): (1 + tanh t) / 2 = sigmoid(2 t).
Enclosure gelu_tanh_angle(double x) {
  return kTwoRoot * (Enclosure(x) + Enclosure(0.044715) * enclose_power(x, 3));
}
Enclosure gelu_tanh_at(double x, Numbers) {
  return Enclosure(x) * enclose_sigmoid(gelu_tanh_angle(x));
}
Enclosure gelu_tanh_slope(double x, Numbers) {
  const Enclosure t = gelu_tanh_angle(x), s = enclose_sigmoid(t), other = enclose_sigmoid(-t);
  const Enclosure inner = Enclosure(1) + Enclosure(3) * Enclosure(0.044715) * enclose_power(x, 2);
  return s + Enclosure(x) * s * other * kTwoRoot * inner;
}

constexpr double kSiluTurn = 2.3993572805154675;
Enclosure silu_at(double x, Numbers) { return Enclosure(x) * enclose_sigmoid(x); }
Enclosure silu_slope(double x, Numbers) {
  return enclose_sigmoid(x) * (Enclosure(1) + Enclosure(x) * enclose_sigmoid(-x));
}

Enclosure softplus_at(double x, Numbers) {
  return Enclosure(std::max(x, 0.0)) + enclose_log1p(enclose_exp(-std::abs(x)));
}

Enclosure sin_at(double x, Numbers) { return enclose_sin(x); }
Enclosure cos_at(double x, Numbers) { return enclose_cos(x); }
Enclosure minus_sin(double x, Numbers) { return -enclose_sin(x); }
/// sin is concave right of 0: convex right of pi.
Turns sin_turns(double lower, double upper, Numbers) { return wave_turns(lower, upper, M_PI); }
Turns cos_turns(double lower, double upper, Numbers) { return wave_turns(lower, upper, M_PI_2); }

}  // namespace

std::span<const Shape> shape_table() {
  static const std::array shapes = {
      Shape{"relu", relu, nullptr, kink_at_zero},
      Shape{"leaky_relu", leaky_relu, nullptr, kink_at_zero},
      Shape{"abs", absolute, nullptr, kink_at_zero},
      Shape{"clamp", clamp, nullptr, clamp_turns},
      Shape{"tanh", tanh_at, tanh_slope, s_turns},
      Shape{"sigmoid", sigmoid_at, sigmoid_slope, s_turns},
      Shape{"erf", erf_at, erf_slope, s_turns},
      Shape{"exp", exp_at, exp_at, no_turns<true>},
      Shape{"log", log_at, log_slope, no_turns<false>, is_positive},
      Shape{"sqrt", sqrt_at, sqrt_slope, no_turns<false>, is_not_negative},
      Shape{"rsqrt", rsqrt_at, rsqrt_slope, no_turns<true>, is_positive},
      Shape{"reciprocal", reciprocal_at, reciprocal_slope, reciprocal_turns, has_no_zero},
      Shape{"square", square_at, square_slope, no_turns<true>},
      Shape{"power", power_at, power_slope, power_turns},
      Shape{"real_power", real_power_at, real_power_slope, real_power_turns, is_positive},
      Shape{"gelu", gelu_at, gelu_slope, bell_turns<kGeluTurn>, nullptr, true},
      Shape{"gelu_tanh", gelu_tanh_at, gelu_tanh_slope, bell_turns<kGeluTanhTurn>, nullptr, true},
      Shape{"silu", silu_at, silu_slope, bell_turns<kSiluTurn>},
      Shape{"softplus", softplus_at, sigmoid_at, no_turns<true>},
      Shape{"sin", sin_at, cos_at, sin_turns},
      Shape{"cos", cos_at, minus_sin, cos_turns},
  };
  return shapes;
}

const Shape& find_shape(std::string_view op) {
  for (const Shape& shape : shape_table())
    if (shape.name == op) return shape;
  throw UnsupportedError("rigor: no shape for op '" + std::string(op) + "'");
}

}  // namespace limbeck::verify
