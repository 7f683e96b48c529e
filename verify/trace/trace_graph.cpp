#include "verify/trace/trace_graph.h"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/operator.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <unordered_map>

#include "nlp/core/errors.h"
#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

namespace jit = torch::jit;

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

/// Runs the graph of one sample node by node, folding what is constant, lowering the rest.
class Importer {
 public:
  explicit Importer(const at::Tensor& sample) : builder_(item_shape(sample)) {}

  void bind(const jit::Value* value, Operand operand) { operands_[value] = std::move(operand); }

  void run(const jit::Block* block) {
    for (const jit::Node* node : block->nodes()) import(node);
  }

  const Operand& operand(const jit::Value* value) const {
    const auto found = operands_.find(value);
    if (found == operands_.end())
      throw UnsupportedError("trace_graph: value %" + value->debugName() + " has no source");
    return found->second;
  }

  GraphBuilder& builder() { return builder_; }

 private:
  static std::vector<int64_t> item_shape(const at::Tensor& sample) {
    if (sample.dim() < 2 || sample.size(0) != 1)
      throw ShapeError("trace_graph: expected a sample with a batch dimension of 1");
    return {sample.sizes().begin() + 1, sample.sizes().end()};
  }

  std::vector<Operand> inputs_of(const jit::Node* node) const {
    std::vector<Operand> inputs;
    for (const jit::Value* input : node->inputs()) inputs.push_back(operand(input));
    return inputs;
  }

  void import(const jit::Node* node) {
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

  void construct(const jit::Node* node) {
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

  void unpack(const jit::Node* node) {
    const Operand& whole = operand(node->input());
    for (size_t i = 0; i < node->outputs().size(); ++i) {
      if (!whole.list.empty())
        bind(node->output(i), whole.list[i]);
      else if (whole.value.isTuple())
        bind(node->output(i), {.value = whole.value.toTupleRef().elements()[i]});
      else
        bind(node->output(i), {.value = whole.value.toList().get(i)});
    }
  }

  void branch(const jit::Node* node) {
    const Operand condition = operand(node->input());
    if (condition.depends_on_input())
      throw UnsupportedError(place_ + ": its condition depends on the input");
    const jit::Block* block = node->blocks()[condition.value.toBool() ? 0 : 1];
    run(block);
    for (size_t i = 0; i < node->outputs().size(); ++i)
      bind(node->output(i), operand(block->outputs()[i]));
  }

  static c10::IValue sample_of(const Operand& operand, const c10::TypePtr& type) {
    if (operand.list.empty()) return operand.value;
    std::vector<Operand> elements = operand.list;
    return constant_list(elements, type);
  }

  /// Values of the outputs for the sample.
  std::vector<c10::IValue> execute(const jit::Node* node, const std::vector<Operand>& inputs) {
    if (node->maybeOperator() == nullptr) unsupported();
    jit::Stack stack;
    for (size_t i = 0; i < inputs.size(); ++i)
      stack.push_back(sample_of(inputs[i], node->input(i)->type()));
    node->getOperation()(stack);
    return {stack.begin(), stack.end()};
  }

  [[noreturn]] void unsupported() const {
    throw UnsupportedError(place_ + ": not supported; supported: " + supported_operations());
  }

  /// What does not depend on the elements of a value, only on its shape and type.
  static bool is_about_shape(const std::string& name) {
    return name == "aten::size" || name == "aten::dim" || name == "aten::len" ||
           name == "aten::numel" || name == "aten::empty_like" || name == "aten::zeros_like" ||
           name == "aten::ones_like" || name == "aten::full_like" || name == "prim::dtype" ||
           name == "prim::device" || name == "prim::layout";
  }

  void call(const jit::Node* node, const std::string& name) {
    const std::vector<Operand> inputs = inputs_of(node);
    const bool is_constant = !is_list_of_nodes(inputs) || is_about_shape(name);
    const Lowering lowering = is_constant ? nullptr : find_lowering(name);
    if (!is_constant && lowering == nullptr) unsupported();
    const std::vector<c10::IValue> outputs = [&] {
      // Of what depends on the input only the shape for the sample matters.
      const at::AutoGradMode gradients(is_constant && at::GradMode::is_enabled());
      return execute(node, inputs);
    }();
    if (is_constant) {
      for (size_t i = 0; i < outputs.size(); ++i) bind(node->output(i), {.value = outputs[i]});
      return;
    }
    LoweringCall call{.name = place_, .arguments = inputs};
    call.name = name;
    for (const c10::IValue& output : outputs) {
      if (output.isTensorList())
        for (const at::Tensor& part : output.toTensorVector()) call.outputs.push_back(part);
      else
        call.outputs.push_back(output.toTensor());
    }
    const std::vector<int64_t> nodes = lowering(builder_, call);
    if (outputs.size() == 1 && outputs[0].isTensorList()) {
      Operand list;
      for (size_t i = 0; i < nodes.size(); ++i)
        list.list.push_back({.node = nodes[i], .value = call.outputs[i]});
      bind(node->output(), std::move(list));
      return;
    }
    for (size_t i = 0; i < nodes.size(); ++i)
      if (nodes[i] >= 0) bind(node->output(i), {.node = nodes[i], .value = call.outputs[i]});
  }

  GraphBuilder builder_;
  std::unordered_map<const jit::Value*, Operand> operands_;
  std::string place_;
  int64_t count_ = 0;
};

Graph finish(Importer& importer, const jit::Value* output, const at::Tensor& sample) {
  const Operand& result = importer.operand(output);
  if (!result.is_node())
    throw UnsupportedError("trace_graph: the result does not depend on the input");
  return importer.builder().finish(result.node).to(sample.scalar_type());
}

std::shared_ptr<jit::Graph> record(const TensorFunction& function, const jit::Stack& inputs) {
  const at::NoGradGuard no_gradient;  // the import makes the gradients
  return jit::tracer::trace(
             inputs,
             [&](jit::Stack stack) -> jit::Stack { return {function(stack[0].toTensor())}; },
             [](const torch::autograd::Variable&) { return std::string(); }, /*strict=*/true,
             /*force_outplace=*/true)
      .first->graph;
}

}  // namespace

Graph trace_graph(const TensorFunction& function, const at::Tensor& sample,
                  const std::vector<at::Tensor>& parameters) {
  jit::Stack inputs = {sample};
  for (const at::Tensor& parameter : parameters) inputs.push_back(parameter);
  const std::shared_ptr<jit::Graph> graph = record(function, inputs);
  Importer importer(sample);
  importer.bind(graph->inputs()[0], {.node = 0, .value = sample});
  for (size_t i = 1; i < inputs.size(); ++i)
    importer.bind(graph->inputs()[i], {.value = inputs[i]});
  importer.run(graph->block());
  return finish(importer, graph->outputs()[0], sample);
}

Graph load_torchscript_graph(const std::string& file, const at::Tensor& sample) {
  const at::NoGradGuard no_gradient;
  jit::Module module;
  try {
    module = jit::load(file, at::kCPU);
    module.eval();
    module = jit::freeze(module);
  } catch (const c10::Error& error) {
    throw DataError(file + ": not a TorchScript file: " + error.what_without_backtrace());
  }
  const std::shared_ptr<jit::Graph> graph = module.get_method("forward").graph();
  if (graph->inputs().size() != 2)
    throw UnsupportedError(file + ": expected forward(x) of one tensor, got " +
                           std::to_string(graph->inputs().size() - 1) + " arguments");
  Importer importer(sample);
  importer.bind(graph->inputs()[0], {.value = module._ivalue()});
  importer.bind(graph->inputs()[1], {.node = 0, .value = sample});
  importer.run(graph->block());
  return finish(importer, graph->outputs()[0], sample);
}

}  // namespace limbeck::verify
