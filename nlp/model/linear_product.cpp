#include "nlp/model/linear_product.h"

#include <ATen/ATen.h>
#include <torch/autograd.h>

#include <optional>
#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/model/product_backend.h"

namespace limbeck::nlp {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Sums over rows, each column in row order; columns are shared out, so the result does not depend
/// on the threads.
at::Tensor column_sums(const at::Tensor& matrix) {
  const int64_t rows = matrix.size(0), columns = matrix.size(1);
  at::Tensor sums = at::zeros({columns}, matrix.options());
  const float* values = matrix.const_data_ptr<float>();
  float* out = sums.mutable_data_ptr<float>();
  parallel_for(columns, 64, [&](int64_t begin, int64_t end) {
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t j = begin; j < end; ++j) out[j] += values[row * columns + j];
  });
  return sums;
}

class LinearProductFunction : public torch::autograd::Function<LinearProductFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias) {
    const at::Tensor rows = x.reshape({-1, x.size(-1)}).contiguous(), w = weight.contiguous();
    context->save_for_backward({rows, w});
    std::vector<int64_t> shape = x.sizes().vec();
    context->saved_data["shape"] = shape;
    context->saved_data["has_bias"] = bias.has_value();
    const detail::ProductBackend backend{product_library(), kernel::product_precision()};
    context->saved_data["precision"] = static_cast<int64_t>(backend.precision);
    shape.back() = weight.size(0);
    return detail::multiply_transposed(backend, rows, w, bias.value_or(at::Tensor())).view(shape);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1];
    const at::Tensor dy = gradients[0].reshape({-1, weight.size(0)}).contiguous();
    const detail::ProductBackend backend{
        product_library(),
        static_cast<kernel::Arithmetic>(context->saved_data["precision"].toInt())};
    variable_list result(3);
    if (context->needs_input_grad(0))
      result[0] =
          detail::multiply(backend, dy, weight).view(context->saved_data["shape"].toIntVector());
    if (context->needs_input_grad(1)) result[1] = detail::multiply_rows(backend, dy, x);
    if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2))
      result[2] = column_sums(dy);
    return result;
  }
};

at::Tensor library_product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const bool is_rounded = kernel::product_precision() == kernel::Arithmetic::kBFloat16 &&
                          x.scalar_type() == at::kFloat;
  if (!is_rounded) return at::linear(x, weight, bias);
  const auto rounded = [](const at::Tensor& tensor) {
    return tensor.defined() ? tensor.to(at::kBFloat16) : tensor;
  };
  return at::linear(rounded(x), rounded(weight), rounded(bias)).to(at::kFloat);
}

void check_shapes(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const bool fits = x.dim() >= 1 && weight.dim() == 2 && x.size(-1) == weight.size(1) &&
                    (!bias.defined() || bias.sizes() == at::IntArrayRef{weight.size(0)});
  if (fits) return;
  std::ostringstream message;
  message << "linear_product: x " << x.sizes() << ", weight " << weight.sizes();
  if (bias.defined()) message << ", bias " << bias.sizes();
  throw ShapeError(message.str() + ": expected (..., K), (N, K), (N)");
}

}  // namespace

at::Tensor linear_product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  check_shapes(x, weight, bias);
  const bool is_cpu_float =
      x.device().is_cpu() && x.scalar_type() == at::kFloat && weight.scalar_type() == at::kFloat;
  if (!is_cpu_float || x.numel() == 0) return library_product(x, weight, bias);
  return LinearProductFunction::apply(
      x, weight, bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt);
}

}  // namespace limbeck::nlp
