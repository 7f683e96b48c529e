#include "verify/trace/lowering.h"

#include <ATen/ATen.h>

#include <array>
#include <set>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

std::array<std::span<const LoweringRow>, 9> tables() {
  return {affine_lowerings(),    shape_lowerings(),       scalar_lowerings(),
          composite_lowerings(), convolution_lowerings(), pooling_lowerings(),
          extreme_lowerings(),   recurrent_lowerings(),   rearrangement_lowerings()};
}

}  // namespace

void LoweringCall::fail(const std::string& why) const {
  throw UnsupportedError(place + ": " + why);
}

int64_t LoweringCall::node(size_t i) const {
  if (!arguments.at(i).is_node())
    fail("expected argument " + std::to_string(i) + " to depend on the input");
  return arguments[i].node;
}

at::Tensor LoweringCall::constant(size_t i) const {
  if (is_none(i)) return {};
  const Operand& operand = arguments.at(i);
  if (operand.depends_on_input()) fail("argument " + std::to_string(i) + " depends on the input");
  if (operand.value.isTensor()) return operand.value.toTensor();
  return at::scalar_tensor(operand.value.toScalar(), at::kDouble);
}

double LoweringCall::number(size_t i, double none) const {
  return is_none(i) ? none : constant(i).item<double>();
}

int64_t LoweringCall::integer(size_t i, int64_t none) const {
  return is_none(i) ? none : constant(i).item<int64_t>();
}

std::vector<int64_t> LoweringCall::integers(size_t i) const {
  if (is_none(i)) return {};
  const c10::IValue& value = arguments.at(i).value;
  if (value.isInt()) return {value.toInt()};
  return value.toIntVector();
}

int64_t LoweringCall::axis(int64_t dim, size_t of_argument) const {
  const Operand& operand = arguments.at(of_argument);
  const c10::IValue& value = operand.list.empty() ? operand.value : operand.list[0].value;
  const int64_t rank = value.toTensor().dim();
  const int64_t positive = dim < 0 ? dim + rank : dim;
  if (positive == 0) fail("works on the batch dimension");
  return positive - 1;
}

std::vector<int64_t> LoweringCall::item_shape(size_t output) const {
  const at::Tensor& value = outputs.at(output);
  if (value.dim() == 0 || value.size(0) != 1) fail("merges or moves the batch dimension");
  return {value.sizes().begin() + 1, value.sizes().end()};
}

std::string functional_name(std::string name) {
  if (name.ends_with("_") && !name.ends_with("__")) name.pop_back();
  return name;
}

Lowering find_lowering(const std::string& name) {
  for (const std::span<const LoweringRow> table : tables())
    for (const LoweringRow& row : table)
      if (name == row.name) return row.lower;
  return nullptr;
}

std::string supported_operations() {
  std::set<std::string> names;
  for (const std::span<const LoweringRow> table : tables())
    for (const LoweringRow& row : table) names.insert(row.name);
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace limbeck::verify
