#pragma once

#include <string>

#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// A network from a TorchScript file whose graph gives what its `forward` gives: both are compared
/// at the sample (1, ...) and at points drawn around 0.
/// Throws:  as import_torchscript; UnsupportedError when they differ at one of the points.
TorchScriptNetwork load_torchscript(const std::string& file, const at::Tensor& sample);

/// Whether two outputs are the same but for rounding of their type: within 1e-6 (float32: 1e-3) of
/// the largest element or of 1; NaN only where both are.
bool agree(const at::Tensor& a, const at::Tensor& b);

}  // namespace limbeck::verify
