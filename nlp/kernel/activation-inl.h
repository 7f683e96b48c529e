// Vector forms of the activation functions, included by files that are compiled once an instruction
// set.
#if defined(LIMBECK_NLP_KERNEL_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef LIMBECK_NLP_KERNEL_ACTIVATION_INL_H_
#undef LIMBECK_NLP_KERNEL_ACTIVATION_INL_H_
#else
#define LIMBECK_NLP_KERNEL_ACTIVATION_INL_H_
#endif

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// x = n * ln 2 + r with |r| <= ln(2) / 2, and expm1(r) = r + r^2 q(r); q is the minimax polynomial
/// of degree 4 for the weight r^2 (error 3.1e-9 of e^r).
template <class D>
struct ReducedExponent {
  hn::Vec<D> n, expm1;
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE ReducedExponent<D> reduce_exponent(D d, V x) {
  const V n = hn::Round(hn::Mul(x, hn::Set(d, 1.44269504088896341f)));
  V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f),
                      x);  // ln 2 in two parts: the first has 9 significant bits,
  r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);  // so its product with n is exact
  V q = hn::MulAdd(r, hn::Set(d, 0.0013950478751212358f), hn::Set(d, 0.008368882350623608f));
  q = hn::MulAdd(r, q, hn::Set(d, 0.04166620597243309f));
  q = hn::MulAdd(r, q, hn::Set(d, 0.1666651964187622f));
  q = hn::MulAdd(r, q, hn::Set(d, 0.5f));
  return {n, hn::MulAdd(hn::Mul(r, r), q, r)};
}

/// 2^n for integral n in [-127, 127]; -127 gives 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V power_of_two(D d, V n) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(hn::ConvertTo(di, n), hn::Set(di, 127))));
}

/// e^x for x <= 0 (any float below -88 gives 0).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_of_nonpositive(D d, V x) {
  const auto e = reduce_exponent(d, hn::Max(x, hn::Set(d, -88.0f)));
  const V scale = power_of_two(d, e.n);
  return hn::MulAdd(scale, e.expm1, scale);
}

/// e^x for any float; subnormal results included, overflow to infinity, NaN stays.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp(D d, V x) {
  const auto e = reduce_exponent(d, hn::Min(hn::Max(x, hn::Set(d, -105.0f)), hn::Set(d, 90.0f)));
  const V half = hn::Floor(hn::Mul(e.n, hn::Set(d, 0.5f)));
  const V value = hn::Mul(hn::Add(e.expm1, hn::Set(d, 1.0f)), power_of_two(d, half));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Mul(value, power_of_two(d, hn::Sub(e.n, half))));
}

/// 1 / (1 + e^-x): with e = e^-|x|, 1 / (1 + e) on the right and e / (1 + e) on the left, so both
/// tails keep relative accuracy.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0f), e = exp_of_nonpositive(d, hn::Neg(hn::Abs(x)));
  const V value = hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
  return hn::IfThenElse(hn::IsNaN(x), x, value);
}

/// tanh |x| = m / (m + 2) with m = expm1(2 |x|): no cancellation near 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh(D d, V x) {
  const V magnitude = hn::Min(hn::Abs(x), hn::Set(d, 10.0f));  // 1 - tanh(10) is below half an ulp
  const auto e = reduce_exponent(d, hn::Add(magnitude, magnitude));
  const V scale = power_of_two(d, e.n);
  const V expm1 = hn::MulAdd(scale, e.expm1, hn::Sub(scale, hn::Set(d, 1.0f)));
  const V value = hn::CopySign(hn::Div(expm1, hn::Add(expm1, hn::Set(d, 2.0f))), x);
  return hn::IfThenElse(hn::IsNaN(x), x, value);
}

/// x * Phi(x), Phi(x) = 1/2 + x p(z) with z = 2 (x / 5.3)^2 - 1 and p minimax (weight max(x, 1/4)
/// x, error 2.1e-7) on |x| <= 5.3; powers of z in [-1, 1] keep the coefficients small. Below -5.3
/// the result is 0 (true value > -3.1e-7).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu(D d, V x) {
  constexpr float kEdge = 5.3f;
  constexpr float kCoefficients[] = {
      -0.0005216403515078127f, 0.0015569387469440699f, -0.0017804291564971209f,
      0.0022114510647952557f,  -0.005116193555295467f, 0.009327925741672516f,
      -0.013557595200836658f,  0.01879153400659561f,   -0.025207968428730965f,
      0.03209594637155533f,    -0.03959814831614494f,  0.04926345869898796f,
      -0.06651824712753296f,   0.1333925724029541f};
  const V edge = hn::Set(d, kEdge), inside = hn::Max(hn::Min(x, edge), hn::Neg(edge));
  const V z =
      hn::MulAdd(hn::Mul(inside, inside), hn::Set(d, 2.0f / kEdge / kEdge), hn::Set(d, -1.0f));
  V p = hn::Set(d, kCoefficients[0]);
#pragma GCC unroll 16
  for (int i = 1; i < 14; ++i) p = hn::MulAdd(p, z, hn::Set(d, kCoefficients[i]));
  const V phi =
      hn::IfThenZeroElse(hn::Lt(x, hn::Neg(edge)), hn::MulAdd(inside, p, hn::Set(d, 0.5f)));
  return hn::Mul(x, phi);
}

/// x / 2 * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) = x * sigmoid(2 sqrt(2 / pi) (x + 0.044715
/// x^3)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu_tanh(D d, V x) {
  constexpr float kTwiceRoot = 1.5957691216057308f;
  const V inner =
      hn::MulAdd(hn::Mul(x, x), hn::Set(d, kTwiceRoot * 0.044715f), hn::Set(d, kTwiceRoot));
  return hn::Mul(x, sigmoid(d, hn::Mul(x, inner)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V relu(D d, V x) {
  return hn::Max(x, hn::Zero(d));
}

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
