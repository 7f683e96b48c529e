#pragma once

#include <ATen/core/Tensor.h>

#include "nlp/model/linear_product.h"

/// The three products of a linear layer, through one library; contiguous float32 CPU matrices.
namespace limbeck::nlp::detail {

/// x (M, K) times weight (N, K) transposed, plus bias (N) when defined: (M, N).
at::Tensor multiply_transposed(ProductLibrary library, const at::Tensor& x,
                               const at::Tensor& weight, const at::Tensor& bias);
/// dy (M, N) times weight (N, K): (M, K).
at::Tensor multiply(ProductLibrary library, const at::Tensor& dy, const at::Tensor& weight);
/// dy (M, N) transposed times x (M, K): (N, K).
at::Tensor multiply_rows(ProductLibrary library, const at::Tensor& dy, const at::Tensor& x);

/// Whether this LibTorch holds oneDNN's linear operator.
bool has_onednn_linear();

}  // namespace limbeck::nlp::detail
