#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

namespace limbeck::nlp {

/// Who multiplies float32 matrices on the CPU: LibTorch's default product (MKL in the usual builds,
/// slow on some processors), oneDNN inside LibTorch, or the library's own kernel.
enum class ProductLibrary { kOwn, kAten, kOneDnn };

/// own, aten, onednn.
std::string_view product_library_name(ProductLibrary library);

/// The library in use: what set_product_library() said, else the environment variable
/// LIMBECK_PRODUCTS (own, aten, onednn, auto). auto is own, never what a measurement finds fastest:
/// libraries differ in their last bits, and noise chose another one in 1 of 60 processes, which
/// then neither repeated nor resumed a run. Throws: ConfigError for another value of the variable.
ProductLibrary product_library();

/// Throws: ConfigError `products: expected own, aten, onednn or auto, got 'x'`; UnsupportedError
/// when this LibTorch has no oneDNN.
void set_product_library(std::string_view name);

/// x W^T + bias, differentiable in all three; `bias` may be undefined.
///
/// Shapes:  x (..., K), weight (N, K), bias (N); result (..., N).
/// Paths:   CPU float32 through product_library(), or the own kernel where product_precision() is
///          bfloat16; any other dtype or device through at::linear, whose bfloat16 is rounded too.
/// Throws:  ShapeError when the widths do not fit.
at::Tensor linear_product(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace limbeck::nlp
