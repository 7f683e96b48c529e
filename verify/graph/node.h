#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace limbeck::verify {

/// One operation of a graph. What `ints`, `numbers` and `constants` mean is said by the operation's
/// file in verify/relax.
struct Node {
  std::string op;                          ///< row of the operation table, such as "linear"
  std::vector<int64_t> inputs = {};        ///< earlier nodes that depend on the input of the graph
  std::vector<int64_t> shape = {};         ///< of one item: without the batch dimension
  std::vector<int64_t> ints = {};          ///< axes, sizes
  std::vector<double> numbers = {};        ///< coefficients
  std::vector<at::Tensor> constants = {};  ///< weights, folded parts of the graph
  std::string place = {};  ///< where it comes from, for messages: "aten::linear #12"
  /// What is known of every element whatever the input is, such as 0 <= softmax <= 1.
  double least = -std::numeric_limits<double>::infinity();
  double most = std::numeric_limits<double>::infinity();
};

}  // namespace limbeck::verify
