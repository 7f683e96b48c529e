#include "nlp/model/product_backend.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "nlp/core/threads.h"
#include "nlp/kernel/gemm.h"
#include "nlp/kernel/packed_matrix.h"

namespace limbeck::nlp::detail {
namespace {

void add_bias(const at::Tensor& matrix, const at::Tensor& bias) {
  const int64_t columns = matrix.size(1);
  float* values = matrix.mutable_data_ptr<float>();
  const float* added = bias.const_data_ptr<float>();
  parallel_for(matrix.size(0), 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row)
      for (int64_t j = 0; j < columns; ++j) values[row * columns + j] += added[j];
  });
}

at::Tensor own_product(bool transpose_a, bool transpose_b, const at::Tensor& a, const at::Tensor& b,
                       int64_t m, int64_t n, int64_t k) {
  at::Tensor c = at::empty({m, n}, a.options());
  kernel::sgemm(transpose_a, transpose_b, m, n, k, 1.0f, a.const_data_ptr<float>(), a.size(1),
                b.const_data_ptr<float>(), b.size(1), 0.0f, c.mutable_data_ptr<float>(), n);
  return c;
}

at::Tensor bfloat16_product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const int64_t n = weight.size(0), k = weight.size(1);
  const kernel::PackedMatrix packed(kernel::Arithmetic::kBFloat16, weight.const_data_ptr<float>(),
                                    n, k, k);
  at::Tensor y = at::empty({x.size(0), n}, x.options());
  kernel::Epilogue epilogue;
  if (bias.defined()) epilogue.bias = bias.const_data_ptr<float>();
  kernel::multiply(packed, x.size(0), x.const_data_ptr<float>(), k, epilogue,
                   y.mutable_data_ptr<float>(), n);
  return y;
}

/// x W^T + bias by `mkldnn::_linear_pointwise`, which LibTorch's compiler uses; reachable through
/// the dispatcher only.
at::Tensor onednn_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  static const c10::OperatorHandle linear =
      c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_linear_pointwise", "");
  const c10::List<c10::IValue> no_scalars(c10::AnyType::get());
  torch::jit::Stack stack{x,
                          weight,
                          bias.defined() ? c10::IValue(bias) : c10::IValue(),
                          "none",
                          c10::impl::toList(c10::List<std::optional<at::Scalar>>()),
                          c10::IValue()};
  linear.callBoxed(&stack);
  return stack.front().toTensor();
}

}  // namespace

bool has_onednn_linear() {
  return at::globalContext().hasMKLDNN() &&
         c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""}).has_value();
}

at::Tensor multiply_transposed(ProductBackend backend, const at::Tensor& x,
                               const at::Tensor& weight, const at::Tensor& bias) {
  if (backend.precision == kernel::Arithmetic::kBFloat16)
    return bfloat16_product(x, weight, bias);
  if (backend.library == ProductLibrary::kAten) return at::linear(x, weight, bias);
  if (backend.library == ProductLibrary::kOneDnn) return onednn_linear(x, weight, bias);
  const at::Tensor y = own_product(false, true, x, weight, x.size(0), weight.size(0), x.size(1));
  if (bias.defined()) add_bias(y, bias);
  return y;
}

at::Tensor multiply(ProductBackend backend, const at::Tensor& dy, const at::Tensor& weight) {
  if (backend.precision == kernel::Arithmetic::kBFloat16)
    return bfloat16_product(dy, weight.t().contiguous(), {});
  if (backend.library == ProductLibrary::kAten) return at::mm(dy, weight);
  if (backend.library == ProductLibrary::kOneDnn)
    return onednn_linear(dy, weight.t().contiguous(), at::Tensor());
  return own_product(false, false, dy, weight, dy.size(0), weight.size(1), dy.size(1));
}

at::Tensor multiply_rows(ProductBackend backend, const at::Tensor& dy, const at::Tensor& x) {
  if (backend.precision == kernel::Arithmetic::kBFloat16)
    return bfloat16_product(dy.t().contiguous(), x.t().contiguous(), {});
  if (backend.library == ProductLibrary::kAten) return at::mm(dy.t(), x);
  if (backend.library == ProductLibrary::kOneDnn)
    return onednn_linear(dy.t().contiguous(), x.t().contiguous(), at::Tensor());
  return own_product(true, false, dy, x, dy.size(1), x.size(1), dy.size(0));
}

}  // namespace limbeck::nlp::detail
