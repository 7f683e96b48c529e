#pragma once

#include <set>
#include <string>
#include <vector>

#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// One kind of operation that a function uses on what depends on its input.
struct TracedOperation {
  std::string name;             ///< "aten::linear"
  int64_t count = 0;            ///< how often
  std::set<std::string> nodes;  ///< rows of the operation table that it becomes
  /// Why some of them are not supported, each with its place and shape.
  std::vector<std::string> problems;
};

/// What a function is made of, before any work.
struct Survey {
  std::vector<TracedOperation> operations;  ///< in the order of their first use

  bool is_supported() const;
  /// The row of a name, which it makes when there is none.
  TracedOperation& row(const std::string& name);
};

/// Every operation of a function; what trace_graph would refuse becomes a problem of its row.
/// Throws:  as trace_graph, for control flow only.
Survey survey_function(const TensorFunction& function, const at::Tensor& sample,
                       const std::vector<at::Tensor>& parameters = {});

/// The same of `forward` of a TorchScript file. Throws: as import_torchscript.
Survey survey_torchscript(const std::string& file, const at::Tensor& sample);

}  // namespace limbeck::verify
