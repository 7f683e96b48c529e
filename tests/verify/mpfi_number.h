#pragma once

#include <mpfi.h>
#include <mpfr.h>

#include <vector>

#include "verify/rigor/rounding.h"

namespace limbeck::test {

/// An interval of 600 bits: the oracle of what rigorous arithmetic claims. Numbers from 1e-80 to
/// 1e80 may meet in one sum before it is wider than a double.
class Real {
 public:
  static constexpr mpfr_prec_t kBits = 600;

  Real(double x = 0) {  // NOLINT: numbers are reals
    mpfi_init2(value_, kBits);
    mpfi_set_d(value_, x);
  }
  Real(const Real& other) {
    mpfi_init2(value_, kBits);
    mpfi_set(value_, other.value_);
  }
  Real& operator=(const Real& other) {
    mpfi_set(value_, other.value_);
    return *this;
  }
  ~Real() { mpfi_clear(value_); }

  static Real from(const mpfi_t& value) {
    Real x;
    mpfi_set(x.value_, value);
    return x;
  }

  friend Real operator+(const Real& a, const Real& b) { return binary(mpfi_add, a, b); }
  friend Real operator-(const Real& a, const Real& b) { return binary(mpfi_sub, a, b); }
  friend Real operator*(const Real& a, const Real& b) { return binary(mpfi_mul, a, b); }
  friend Real operator/(const Real& a, const Real& b) { return binary(mpfi_div, a, b); }
  Real operator-() const { return Real(0) - *this; }

  friend Real exp(const Real& x) { return unary(mpfi_exp, x); }
  friend Real log(const Real& x) { return unary(mpfi_log, x); }
  friend Real log1p(const Real& x) { return unary(mpfi_log1p, x); }
  friend Real sqrt(const Real& x) { return unary(mpfi_sqrt, x); }
  friend Real tanh(const Real& x) { return unary(mpfi_tanh, x); }
  friend Real sin(const Real& x) { return unary(mpfi_sin, x); }
  friend Real cos(const Real& x) { return unary(mpfi_cos, x); }
  friend Real max(const Real& a, const Real& b) { return a.upper() < b.lower() ? b : a; }
  /// MPFI has none: MPFR's at both ends, each rounded outward.
  friend Real erf(const Real& x) {
    Real y;
    mpfr_erf(&y.value_->left, &x.value_->left, MPFR_RNDD);
    mpfr_erf(&y.value_->right, &x.value_->right, MPFR_RNDU);
    return y;
  }
  friend Real erfc(const Real& x) {
    Real y;
    mpfr_erfc(&y.value_->left, &x.value_->right, MPFR_RNDD);
    mpfr_erfc(&y.value_->right, &x.value_->left, MPFR_RNDU);
    return y;
  }

  double lower() const { return mpfr_get_d(&value_->left, MPFR_RNDD); }
  double upper() const { return mpfr_get_d(&value_->right, MPFR_RNDU); }

  /// Whether the interval lies in [low, high]; its own width counts, so that a true answer is
  /// proof.
  bool is_within(double low, double high) const {
    return mpfr_cmp_d(&value_->left, low) >= 0 && mpfr_cmp_d(&value_->right, high) <= 0;
  }
  bool is_within(const verify::Enclosure& x) const { return is_within(x.lower, x.upper); }
  /// Whether every number of the interval is below x: proof that a lower bound x is wrong.
  bool is_below(double x) const { return mpfr_cmp_d(&value_->right, x) < 0; }
  bool is_above(double x) const { return mpfr_cmp_d(&value_->left, x) > 0; }

 private:
  template <class Operation>
  static Real binary(Operation operation, const Real& a, const Real& b) {
    Real y;
    operation(y.value_, a.value_, b.value_);
    return y;
  }
  template <class Operation>
  static Real unary(Operation operation, const Real& x) {
    Real y;
    operation(y.value_, x.value_);
    return y;
  }

  mpfi_t value_;
};

inline Real sum_of(const std::vector<Real>& terms) {
  Real sum = 0;
  for (const Real& term : terms) sum = sum + term;
  return sum;
}

}  // namespace limbeck::test
