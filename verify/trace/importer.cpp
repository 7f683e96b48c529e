#include "verify/trace/importer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/operator.h>

#include <algorithm>
#include <set>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

namespace jit = torch::jit;

std::vector<int64_t> item_shape(const at::Tensor& sample) {
  if (sample.dim() < 2 || sample.size(0) != 1)
    throw ShapeError("trace_graph: expected a sample with a batch dimension of 1");
  return {sample.sizes().begin() + 1, sample.sizes().end()};
}

bool is_list_of_nodes(const std::vector<Operand>& elements) {
  for (const Operand& element : elements)
    if (element.depends_on_input()) return true;
  return false;
}

/// A list of constants with the element type that the graph says.
c10::IValue constant_list(const std::vector<Operand>& elements, const c10::TypePtr& type) {
  c10::impl::GenericList list(type->expectRef<c10::ListType>().getElementType());
  for (const Operand& element : elements) list.push_back(element.value);
  return list;
}

c10::IValue sample_of(const Operand& operand, const c10::TypePtr& type) {
  return operand.list.empty() ? operand.value : constant_list(operand.list, type);
}

/// What does not depend on the elements of a value, only on its shape and type.
bool is_about_shape(const std::string& name) {
  return name == "aten::size" || name == "aten::dim" || name == "aten::len" ||
         name == "aten::numel" || name == "aten::empty_like" || name == "aten::zeros_like" ||
         name == "aten::ones_like" || name == "aten::full_like" || name == "prim::dtype" ||
         name == "prim::device" || name == "prim::layout";
}

std::string shape_text(const c10::IValue& value) {
  if (!value.isTensor()) return "";
  std::string text;
  for (const int64_t size : value.toTensor().sizes())
    text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "(" + text + ")";
}

/// Shape of the first argument that depends on the input.
std::string shape_of_input(const std::vector<Operand>& inputs) {
  for (const Operand& input : inputs) {
    if (input.is_node()) return shape_text(input.value);
    for (const Operand& element : input.list)
      if (element.is_node()) return shape_text(element.value);
  }
  return "()";
}

/// What turns data into a decision of the program: a trace would follow one way only.
bool is_decision(const std::string& name) {
  static const std::set<std::string> names = {
      "aten::gt", "aten::lt",   "aten::ge",         "aten::le",   "aten::eq",
      "aten::ne", "aten::Bool", "aten::is_nonzero", "aten::item", "aten::_local_scalar_dense"};
  return names.contains(name);
}

int64_t any_node(const std::vector<Operand>& inputs) {
  for (const Operand& input : inputs) {
    if (input.is_node()) return input.node;
    for (const Operand& element : input.list)
      if (element.is_node()) return element.node;
  }
  return 0;
}

bool is_same_view(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() &&
         a.strides() == b.strides() && a.storage_offset() == b.storage_offset();
}

bool shares_memory(const c10::IValue& value, const at::Tensor& tensor) {
  c10::IValue::HashAliasedIValues parts;
  value.getSubValues(parts);
  for (const c10::IValue& part : parts)
    if (part.isTensor() && part.toTensor().defined() && part.toTensor().is_alias_of(tensor))
      return true;
  return false;
}

/// What a value has become when `written` was replaced by `result`.
void rebind(Operand& operand, const at::Tensor& written, const Operand& result,
            const std::string& place) {
  for (Operand& element : operand.list) rebind(element, written, result, place);
  if (!operand.list.empty() || !shares_memory(operand.value, written)) return;
  if (operand.value.isTensor() && is_same_view(operand.value.toTensor(), written))
    operand = result;
  else
    operand.stale = place + " wrote to a part of its memory";
}

bool is_stale(const Operand& operand) {
  return !operand.stale.empty() || std::ranges::any_of(operand.list, is_stale);
}

bool is_number(const at::Tensor& value) {
  return value.scalar_type() == at::kFloat || value.scalar_type() == at::kDouble;
}

}  // namespace

Importer::Importer(const at::Tensor& sample, Survey* survey)
    : builder_(item_shape(sample)), survey_(survey) {}

void Importer::run(const jit::Block* block) {
  for (const jit::Node* node : block->nodes()) import(node);
}

const Operand& Importer::operand(const jit::Value* value) const {
  const auto found = operands_.find(value);
  if (found == operands_.end())
    throw UnsupportedError("trace_graph: value %" + value->debugName() + " has no source");
  if (is_stale(found->second))
    throw UnsupportedError("trace_graph: value %" + value->debugName() + ": " +
                           found->second.stale + "; expected no view of it to be used after that");
  return found->second;
}

std::vector<Operand> Importer::inputs_of(const jit::Node* node) const {
  std::vector<Operand> inputs;
  for (const jit::Value* input : node->inputs()) inputs.push_back(operand(input));
  return inputs;
}

void Importer::refuse(const std::string& name, const std::string& place) const {
  if (is_decision(name))
    throw UnsupportedError(place_ +
                           ": expected straight code, got a decision that depends on the input "
                           "(relu, clamp, max and abs are supported)");
  throw UnsupportedError(place + ": not supported; supported: " + supported_operations());
}

void Importer::import(const jit::Node* node) {
  ++count_;
  const std::string name = node->kind().toQualString();
  place_ = name + " #" + std::to_string(count_);
  builder_.set_place(place_);
  if (name == "prim::Constant") {
    bind(node->output(), {.value = jit::toIValue(node->output()).value_or(c10::IValue())});
  } else if (name == "prim::ListConstruct" || name == "prim::TupleConstruct") {
    construct(node);
  } else if (name == "prim::ListUnpack" || name == "prim::TupleUnpack") {
    unpack(node);
  } else if (name == "prim::If") {
    branch(node);
  } else if (!node->blocks().empty()) {
    throw UnsupportedError(
        place_ + ": expected straight code, got control flow; trace the function instead");
  } else {
    call(node, name);
  }
}

void Importer::construct(const jit::Node* node) {
  std::vector<Operand> elements = inputs_of(node);
  if (is_list_of_nodes(elements)) {
    bind(node->output(), {.list = std::move(elements)});
  } else if (node->output()->type()->kind() == c10::TypeKind::TupleType) {
    std::vector<c10::IValue> values;
    for (const Operand& element : elements) values.push_back(element.value);
    bind(node->output(), {.value = c10::ivalue::Tuple::create(std::move(values))});
  } else {
    bind(node->output(), {.value = constant_list(elements, node->output()->type())});
  }
}

void Importer::unpack(const jit::Node* node) {
  const Operand whole = operand(node->input());
  for (size_t i = 0; i < node->outputs().size(); ++i) {
    if (!whole.list.empty())
      bind(node->output(i), whole.list[i]);
    else if (whole.value.isTuple())
      bind(node->output(i), {.value = whole.value.toTupleRef().elements()[i]});
    else
      bind(node->output(i), {.value = whole.value.toList().get(i)});
  }
}

void Importer::branch(const jit::Node* node) {
  const Operand condition = operand(node->input());
  if (condition.depends_on_input())
    throw UnsupportedError(place_ + ": its condition depends on the input");
  const jit::Block* block = node->blocks()[condition.value.toBool() ? 0 : 1];
  run(block);
  for (size_t i = 0; i < node->outputs().size(); ++i)
    bind(node->output(i), operand(block->outputs()[i]));
}

std::vector<c10::IValue> Importer::execute(const jit::Node* node,
                                           const std::vector<Operand>& inputs) {
  if (node->maybeOperator() == nullptr) refuse(node->kind().toQualString(), place_);
  jit::Stack stack;
  for (size_t i = 0; i < inputs.size(); ++i)
    stack.push_back(sample_of(inputs[i], node->input(i)->type()));
  node->getOperation()(stack);
  return {stack.begin(), stack.end()};
}

std::vector<Importer::Write> Importer::copy_written(const jit::Node* node,
                                                    std::vector<Operand>& inputs) {
  std::vector<Write> written;
  const c10::FunctionSchema* schema = node->maybeSchema();
  if (schema == nullptr) return written;
  const std::vector<c10::Argument>& arguments = schema->arguments();
  for (size_t i = 0; i < std::min(arguments.size(), inputs.size()); ++i) {
    const c10::AliasInfo* alias = arguments[i].alias_info();
    if (alias == nullptr || !alias->isWrite() || !inputs[i].value.isTensor()) continue;
    const at::Tensor before = inputs[i].value.toTensor(), copy = before.clone();
    inputs[i].value = copy;
    written.push_back({before, copy.alias()});
  }
  return written;
}

void Importer::rebind_written(const std::vector<Write>& written, const jit::Node* node) {
  if (written.empty()) return;
  if (written.size() != 1 || node->outputs().size() != 1)
    throw UnsupportedError(place_ + ": expected a write to one tensor, which is the result");
  const Operand result = operand(node->output());
  // transpose_, resize_ or set_ change one name of the memory and not the others.
  if (!result.value.isTensor() || !result.value.toTensor().is_alias_of(written[0].copy) ||
      !is_same_view(result.value.toTensor(), written[0].copy))
    throw UnsupportedError(place_ +
                           ": expected a write to the elements of a tensor, not its shape");
  for (auto& [value, operand] : operands_) rebind(operand, written[0].before, result, place_);
}

void Importer::require_numbers(const LoweringCall& call, const std::vector<int64_t>& nodes) const {
  for (size_t i = 0; i < std::min(nodes.size(), call.outputs.size()); ++i) {
    if (nodes[i] < 0) continue;
    if (!is_number(call.outputs[i]))
      call.fail(std::string("expected float32 or float64, got ") +
                c10::toString(call.outputs[i].scalar_type()));
    if (call.item_shape(i) != builder_.shape(nodes[i]))
      call.fail("mixes the batch dimension with others");
  }
}

void Importer::call(const jit::Node* node, const std::string& written_name) {
  const std::string name = functional_name(written_name);
  const std::vector<Operand> inputs = inputs_of(node);
  const bool is_constant = !is_list_of_nodes(inputs) || is_about_shape(name);
  const std::string place = place_ + " on " + shape_of_input(inputs);
  if (!is_constant && survey_ == nullptr && find_lowering(name) == nullptr)
    refuse(written_name, place);
  std::vector<Operand> executed = inputs;
  const std::vector<Write> written = copy_written(node, executed);
  const std::vector<c10::IValue> outputs = [&] {
    // Of what depends on the input only the shape for the sample matters.
    const at::AutoGradMode gradients(is_constant && at::GradMode::is_enabled());
    return execute(node, executed);
  }();
  if (is_constant) {
    for (size_t i = 0; i < outputs.size(); ++i) bind(node->output(i), {.value = outputs[i]});
    rebind_written(written, node);
    return;
  }
  LoweringCall call{.name = name, .place = place, .arguments = inputs};
  for (const c10::IValue& output : outputs) {
    if (output.isTensorList())
      for (const at::Tensor& part : output.toTensorVector()) call.outputs.push_back(part);
    else if (output.isTensor())
      call.outputs.push_back(output.toTensor());
  }
  call.rerun = [this, node, inputs, place](const at::Tensor& x) {
    std::vector<Operand> changed = inputs;
    if (is_list_of_nodes({inputs.begin() + 1, inputs.end()}))
      throw UnsupportedError(place + ": expected constants beside its first argument");
    changed[0].value = x;
    return execute(node, changed).at(0).toTensor();
  };
  bind_outputs(node, outputs, call, lower(call));
  rebind_written(written, node);
}

std::vector<int64_t> Importer::lower(const LoweringCall& call) {
  const Lowering lowering = find_lowering(call.name);
  const auto lowered = [&] {
    std::vector<int64_t> nodes = lowering(builder_, call);
    require_numbers(call, nodes);
    return nodes;
  };
  if (survey_ == nullptr) return lowered();
  if (lowering == nullptr) return stand_in(call, call.place + ": not supported");
  const int64_t before = builder_.size();
  try {
    const std::vector<int64_t> nodes = lowered();
    TracedOperation& row = survey_->row(call.name);
    ++row.count;
    for (int64_t i = before; i < builder_.size(); ++i) row.nodes.insert(builder_.node(i).op);
    return nodes;
  } catch (const UnsupportedError& error) {
    return stand_in(call, error.what());
  } catch (const c10::Error& error) {
    return stand_in(call, call.place + ": " + error.what_without_backtrace());
  }
}

std::vector<int64_t> Importer::stand_in(const LoweringCall& call, const std::string& reason) {
  TracedOperation& row = survey_->row(call.name);
  ++row.count;
  row.problems.push_back(reason);
  std::vector<int64_t> nodes;
  for (const at::Tensor& output : call.outputs) {
    std::vector<int64_t> shape;
    if (output.dim() > 0) shape.assign(output.sizes().begin() + 1, output.sizes().end());
    nodes.push_back(
        builder_.add({.op = "unsupported", .inputs = {any_node(call.arguments)}, .shape = shape}));
  }
  return nodes;
}

void Importer::bind_outputs(const jit::Node* node, const std::vector<c10::IValue>& outputs,
                            const LoweringCall& call, const std::vector<int64_t>& nodes) {
  if (outputs.size() == 1 && outputs[0].isTensorList()) {
    Operand list;
    for (size_t i = 0; i < nodes.size(); ++i)
      list.list.push_back({.node = nodes[i], .value = call.outputs[i]});
    bind(node->output(), std::move(list));
    return;
  }
  for (size_t i = 0, n = 0; i < outputs.size(); ++i) {
    if (!outputs[i].isTensor()) {  // a survey goes on with what it is for the sample
      bind(node->output(i), {.value = outputs[i]});
      continue;
    }
    if (n < nodes.size() && nodes[n] >= 0)
      bind(node->output(i), {.node = nodes[n], .value = outputs[i]});
    ++n;
  }
}

}  // namespace limbeck::verify
