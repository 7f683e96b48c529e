#pragma once

#include <ATen/core/Tensor.h>

#include "nlp/kernel/product_precision.h"
#include "nlp/model/linear_product.h"

/// The three products of a linear layer; contiguous float32 CPU matrices.
namespace limbeck::nlp::detail {

/// float32 through `library`; bfloat16 through the own kernel, whatever the library.
struct ProductBackend {
  ProductLibrary library;
  kernel::Arithmetic precision;
};

/// x (M, K) times weight (N, K) transposed, plus bias (N) when defined: (M, N).
at::Tensor multiply_transposed(ProductBackend backend, const at::Tensor& x,
                               const at::Tensor& weight, const at::Tensor& bias);
/// dy (M, N) times weight (N, K): (M, K).
at::Tensor multiply(ProductBackend backend, const at::Tensor& dy, const at::Tensor& weight);
/// dy (M, N) transposed times x (M, K): (N, K).
at::Tensor multiply_rows(ProductBackend backend, const at::Tensor& dy, const at::Tensor& x);

/// Whether this LibTorch holds oneDNN's linear operator.
bool has_onednn_linear();

}  // namespace limbeck::nlp::detail
