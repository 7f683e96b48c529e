#pragma once

#include <torch/csrc/jit/ir/ir.h>

#include <string>
#include <unordered_map>
#include <vector>

#include "verify/trace/lowering.h"
#include "verify/trace/survey.h"

namespace limbeck::verify {

/// Runs a recorded graph for one sample node by node, folds what is constant and lowers the rest.
///
/// An operation that writes to a tensor (relu_, mul_, out=) writes to a copy of it here; every
/// value that was the same view of the same memory becomes the result, and one that was another
/// view of it is refused when it is read.
///
/// With a `survey`, what cannot be lowered is written down there and stands as a node "unsupported"
/// of the shape that it has for the sample, so that the rest is seen as well.
class Importer {
 public:
  explicit Importer(const at::Tensor& sample, Survey* survey = nullptr);

  void bind(const torch::jit::Value* value, Operand operand) {
    operands_[value] = std::move(operand);
  }
  /// Throws: UnsupportedError naming operation, place, shape and the supported ones.
  void run(const torch::jit::Block* block);
  /// Throws: UnsupportedError when nothing has given the value, or when another view of it was
  /// written to since.
  const Operand& operand(const torch::jit::Value* value) const;
  GraphBuilder& builder() { return builder_; }

 private:
  std::vector<Operand> inputs_of(const torch::jit::Node* node) const;
  void import(const torch::jit::Node* node);
  void construct(const torch::jit::Node* node);
  void unpack(const torch::jit::Node* node);
  void branch(const torch::jit::Node* node);
  void call(const torch::jit::Node* node, const std::string& name);
  /// A tensor that an operation writes to, and the copy that stands for it (a name of its own).
  struct Write {
    at::Tensor before, copy;
  };
  /// Puts copies in the place of the tensors that the operation writes to.
  std::vector<Write> copy_written(const torch::jit::Node* node, std::vector<Operand>& inputs);
  /// Makes the views of a written tensor the output of the operation that wrote to it.
  void rebind_written(const std::vector<Write>& written, const torch::jit::Node* node);
  /// Throws: UnsupportedError when a lowered output is not what the graph computes with, numbers
  /// of the item shape of its node.
  void require_numbers(const LoweringCall& call, const std::vector<int64_t>& nodes) const;
  /// Values of the outputs for the sample.
  std::vector<c10::IValue> execute(const torch::jit::Node* node,
                                   const std::vector<Operand>& inputs);
  /// What the operation becomes; one node an output.
  std::vector<int64_t> lower(const LoweringCall& call);
  std::vector<int64_t> stand_in(const LoweringCall& call, const std::string& reason);
  void bind_outputs(const torch::jit::Node* node, const std::vector<c10::IValue>& outputs,
                    const LoweringCall& call, const std::vector<int64_t>& nodes);
  [[noreturn]] void refuse(const std::string& name, const std::string& place) const;

  GraphBuilder builder_;
  Survey* survey_;
  std::unordered_map<const torch::jit::Value*, Operand> operands_;
  std::string place_;
  int64_t count_ = 0;
};

}  // namespace limbeck::verify
