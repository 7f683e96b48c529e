#pragma once

#include <ATen/core/ivalue.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "verify/graph/graph_builder.h"

namespace limbeck::verify {

/// One argument of an operation: a node with the value it had for the sample, a constant, or a
/// list.
struct Operand {
  int64_t node = -1;               ///< -1: constant, or a list
  c10::IValue value = {};          ///< of a node: for the sample
  std::vector<Operand> list = {};  ///< elements of a list that holds nodes
  /// Why its value can no longer be told: an operation wrote to a part of it. Empty: it can.
  std::string stale = {};

  bool is_node() const { return node >= 0; }
  bool depends_on_input() const { return is_node() || !list.empty(); }
};

/// What a lowering works with: the arguments of one operation, and its outputs for the sample.
struct LoweringCall {
  std::string name;   ///< "aten::linear"; of "aten::relu_", "aten::relu"
  std::string place;  ///< "aten::linear #12 on (1, 8)", for messages
  std::vector<Operand> arguments = {};
  std::vector<at::Tensor> outputs = {};
  /// The operation itself with another tensor as its first argument. Throws: c10::Error;
  /// UnsupportedError when another argument depends on the input as well.
  std::function<at::Tensor(const at::Tensor&)> rerun = {};

  const Operand& operator[](size_t i) const { return arguments.at(i); }
  int64_t node(size_t i) const;         ///< Throws: UnsupportedError when it is a constant
  at::Tensor constant(size_t i) const;  ///< undefined for None. Throws: UnsupportedError for a node
  double number(size_t i, double none = 0) const;
  int64_t integer(size_t i, int64_t none = 0) const;
  std::vector<int64_t> integers(size_t i) const;
  bool is_none(size_t i) const {
    return i >= arguments.size() ||
           (!arguments[i].depends_on_input() && arguments[i].value.isNone());
  }
  /// Item axis of a dimension that may be negative. Throws: UnsupportedError for the batch
  /// dimension.
  int64_t axis(int64_t dim, size_t of_argument = 0) const;
  /// Shape of an output without its batch dimension. Throws: UnsupportedError when that is not 1.
  std::vector<int64_t> item_shape(size_t output = 0) const;
  [[noreturn]] void fail(const std::string& why) const;
};

/// Appends nodes for one operation; one index for each output.
using Lowering = std::vector<int64_t> (*)(GraphBuilder& builder, const LoweringCall& call);

struct LoweringRow {
  const char* name;
  Lowering lower;
};

std::span<const LoweringRow> affine_lowerings();
std::span<const LoweringRow> shape_lowerings();
std::span<const LoweringRow> scalar_lowerings();
std::span<const LoweringRow> composite_lowerings();
std::span<const LoweringRow> convolution_lowerings();
std::span<const LoweringRow> pooling_lowerings();
std::span<const LoweringRow> extreme_lowerings();
std::span<const LoweringRow> recurrent_lowerings();
std::span<const LoweringRow> rearrangement_lowerings();

/// Largest element over an item axis, kept as size 1.
int64_t maximum_over_axis(GraphBuilder& builder, int64_t x, int64_t axis);

/// The name without the mark of an operation that writes in place: what is written to is a matter
/// of the importer, what it computes is the same.
std::string functional_name(std::string name);
/// By functional name; null when there is none.
Lowering find_lowering(const std::string& name);
/// "aten::add, aten::addmm, ...", for messages.
std::string supported_operations();

}  // namespace limbeck::verify
