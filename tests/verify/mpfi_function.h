#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "tests/verify/mpfi_number.h"

namespace limbeck::test {

inline Real sigmoid(const Real& x) { return Real(1) / (Real(1) + exp(-x)); }

inline Real root_of_two_over_pi() {
  mpfi_t pi;
  mpfi_init2(pi, Real::kBits);
  mpfi_const_pi(pi);
  Real value = sqrt(Real(2) / Real::from(pi));
  mpfi_clear(pi);
  return value;
}

/// A scalar function of the operation table, in its textbook form and with no regard to speed.
inline Real function_value(const std::string& op, const Real& x,
                           const std::vector<double>& numbers) {
  const auto power = [&](int n) {
    Real y = 1;
    for (int i = 0; i < n; ++i) y = y * x;
    return y;
  };
  if (op == "relu") return max(x, 0);
  if (op == "leaky_relu") return max(x, Real(numbers[0]) * x);
  if (op == "abs") return max(x, -x);
  if (op == "clamp") return -max(-max(x, numbers[0]), -Real(numbers[1]));
  if (op == "tanh") return tanh(x);
  if (op == "sigmoid") return sigmoid(x);
  if (op == "erf") return erf(x);
  if (op == "exp") return exp(x);
  if (op == "log") return log(x);
  if (op == "sqrt") return sqrt(x);
  if (op == "rsqrt") return Real(1) / sqrt(x);
  if (op == "reciprocal") return Real(1) / x;
  if (op == "square") return x * x;
  if (op == "power") return power(static_cast<int>(numbers[0]));
  if (op == "real_power") return exp(Real(numbers[0]) * log(x));
  if (op == "gelu") return x * erfc(-x / sqrt(Real(2))) / Real(2);
  if (op == "gelu_tanh")  // (1 + tanh t) / 2 = sigmoid(2 t), which does not cancel
    return x * sigmoid(Real(2) * root_of_two_over_pi() * (x + Real(0.044715) * power(3)));
  if (op == "silu") return x * sigmoid(x);
  if (op == "softplus") return log1p(exp(x));
  if (op == "sin") return sin(x);
  if (op == "cos") return cos(x);
  throw std::logic_error("no oracle for " + op);
}

}  // namespace limbeck::test
