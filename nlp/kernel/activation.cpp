#include "nlp/kernel/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nlp/kernel/activation.cpp"
// clang-format off
#include "nlp/kernel/targets.h"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include "nlp/kernel/activation-inl.h"
// clang-format on

#include <algorithm>
#include <string>

#include "nlp/core/errors.h"

HWY_BEFORE_NAMESPACE();
namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE {

/// Defines `name_all(in, out, count)`; the tail goes through a full vector, so that every element
/// gets the same bits.
#define LIMBECK_ACTIVATION(name)                                                                  \
  void name##_all(const float* in, float* out, size_t count) {                                    \
    const hn::ScalableTag<float> d;                                                               \
    const size_t lanes = hn::Lanes(d);                                                            \
    size_t i = 0;                                                                                 \
    for (; i + lanes <= count; i += lanes) hn::StoreU(name(d, hn::LoadU(d, in + i)), d, out + i); \
    if (i == count) return;                                                                       \
    HWY_ALIGN float tail[hn::MaxLanes(hn::ScalableTag<float>())] = {};                            \
    std::copy(in + i, in + count, tail);                                                          \
    hn::Store(name(d, hn::Load(d, tail)), d, tail);                                               \
    std::copy_n(tail, count - i, out + i);                                                        \
  }

LIMBECK_ACTIVATION(exp)
LIMBECK_ACTIVATION(sigmoid)
LIMBECK_ACTIVATION(tanh)
LIMBECK_ACTIVATION(gelu)
LIMBECK_ACTIVATION(gelu_tanh)
LIMBECK_ACTIVATION(relu)
#undef LIMBECK_ACTIVATION

}  // namespace limbeck::nlp::kernel::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace limbeck::nlp::kernel {
namespace detail {
namespace {

HWY_EXPORT(exp_all);
HWY_EXPORT(sigmoid_all);
HWY_EXPORT(tanh_all);
HWY_EXPORT(gelu_all);
HWY_EXPORT(gelu_tanh_all);
HWY_EXPORT(relu_all);

void check_sizes(std::span<const float> in, std::span<float> out) {
  if (in.size() != out.size())
    throw ShapeError("activation: out must have " + std::to_string(in.size()) + " values, got " +
                     std::to_string(out.size()));
}

}  // namespace

#define LIMBECK_ACTIVATION_ENTRY(name)                                        \
  static void enter_##name(std::span<const float> in, std::span<float> out) { \
    check_sizes(in, out);                                                     \
    HWY_DYNAMIC_DISPATCH(name##_all)(in.data(), out.data(), in.size());       \
  }
LIMBECK_ACTIVATION_ENTRY(exp)
LIMBECK_ACTIVATION_ENTRY(sigmoid)
LIMBECK_ACTIVATION_ENTRY(tanh)
LIMBECK_ACTIVATION_ENTRY(gelu)
LIMBECK_ACTIVATION_ENTRY(gelu_tanh)
LIMBECK_ACTIVATION_ENTRY(relu)
#undef LIMBECK_ACTIVATION_ENTRY

}  // namespace detail

void exp(std::span<const float> in, std::span<float> out) { detail::enter_exp(in, out); }
void sigmoid(std::span<const float> in, std::span<float> out) { detail::enter_sigmoid(in, out); }
void tanh(std::span<const float> in, std::span<float> out) { detail::enter_tanh(in, out); }
void gelu(std::span<const float> in, std::span<float> out) { detail::enter_gelu(in, out); }
void gelu_tanh(std::span<const float> in, std::span<float> out) {
  detail::enter_gelu_tanh(in, out);
}
void relu(std::span<const float> in, std::span<float> out) { detail::enter_relu(in, out); }

}  // namespace limbeck::nlp::kernel
#endif  // HWY_ONCE
