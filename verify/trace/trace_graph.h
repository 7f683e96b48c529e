#pragma once

#include <functional>
#include <string>
#include <vector>

#include "verify/graph/graph.h"

namespace limbeck::verify {

/// A function of one tensor with a leading batch dimension of size 1.
using TensorFunction = std::function<at::Tensor(const at::Tensor&)>;

/// The graph of any LibTorch function, by running it once on `sample` (1, ...). What does not
/// depend on the input is folded; the batch dimension is then free.
///
/// `parameters` are tensors that the function uses and that require gradients (others are found by
/// themselves). Where gradients are enabled, the constants of the graph are differentiable
/// functions of them, and so are bounds; a graph holds what it makes of the parameters (absolute
/// weights), so it is traced again when they have changed.
/// Law:     evaluate(graph, sample) == function(sample) up to rounding.
/// Throws:  UnsupportedError naming the operation, its place, and the list of supported ones; also
///          when an operation mixes the batch dimension with others, or when C++ code reads
///          elements that depend on the input (element_reads.h says which reads are seen).
Graph trace_graph(const TensorFunction& function, const at::Tensor& sample,
                  const std::vector<at::Tensor>& parameters = {});

/// A network from a file: what the bounds work with, and what the file itself computes.
struct TorchScriptNetwork {
  Graph graph;
  TensorFunction forward;  ///< `forward` of the file for one item (1, ...), by LibTorch
};

/// A TorchScript file whose `forward` maps one tensor to one. Branches and loops must not depend on
/// the input. verify/network/torchscript_network.h compares the two.
/// Throws:  DataError when the file cannot be read or has weights that are not finite;
///          UnsupportedError as trace_graph.
TorchScriptNetwork import_torchscript(const std::string& file, const at::Tensor& sample);

}  // namespace limbeck::verify
