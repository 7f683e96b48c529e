#include "verify/trace/trace_graph.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/autograd.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/script.h>

#include <fstream>

#include "nlp/core/errors.h"
#include "verify/trace/element_reads.h"
#include "verify/trace/importer.h"
#include "verify/trace/survey.h"

namespace limbeck::verify {
namespace {

namespace jit = torch::jit;

Graph finish(Importer& importer, const jit::Value* output, const at::Tensor& sample) {
  const Operand& result = importer.operand(output);
  if (!result.is_node())
    throw UnsupportedError("trace_graph: the result does not depend on the input");
  return importer.builder().finish(result.node).to(sample.scalar_type());
}

std::shared_ptr<jit::Graph> record(const TensorFunction& function, const jit::Stack& inputs) {
  const at::NoGradGuard no_gradient;  // the import makes the gradients
  const ElementReads reads;
  const std::shared_ptr<jit::Graph> graph =
      jit::tracer::trace(
          inputs, [&](jit::Stack stack) -> jit::Stack { return {function(stack[0].toTensor())}; },
          [](const torch::autograd::Variable&) { return std::string(); }, /*strict=*/true,
          /*force_outplace=*/false)
          .first->graph;
  reads.require_none();
  return graph;
}

/// Imports what a function does; the value that is its result.
const jit::Value* import_function(Importer& importer, const TensorFunction& function,
                                  const at::Tensor& sample,
                                  const std::vector<at::Tensor>& parameters,
                                  std::shared_ptr<jit::Graph>& kept) {
  jit::Stack inputs = {sample.clone()};  // which the function may write to
  for (const at::Tensor& parameter : parameters) inputs.push_back(parameter);
  kept = record(function, inputs);
  importer.bind(kept->inputs()[0], {.node = 0, .value = sample.clone()});
  for (size_t i = 1; i < inputs.size(); ++i) importer.bind(kept->inputs()[i], {.value = inputs[i]});
  importer.run(kept->block());
  return kept->outputs()[0];
}

/// torch.jit.save writes a zip archive. Anything else is not even tried: what torch.save used to
/// write is a bare pickle.
void require_archive(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  char start[4] = {};
  if (!stream.read(start, sizeof start))
    throw DataError(file + ": cannot be read, or is shorter than a TorchScript file");
  if (std::string_view(start, sizeof start) != std::string_view("PK\x03\x04", 4))
    throw DataError(file +
                    ": not a TorchScript file: expected a zip archive, as torch.jit.save writes it "
                    "(pickles are not read)");
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

void require_finite(const jit::Module& module, const std::string& file) {
  const auto require = [&](const std::string& name, const at::Tensor& tensor) {
    if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
      throw DataError(file + ": tensor '" + name +
                      "': expected finite values, got NaN or infinity");
  };
  for (const auto& parameter : module.named_parameters()) require(parameter.name, parameter.value);
  for (const auto& buffer : module.named_buffers()) require(buffer.name, buffer.value);
}

jit::Module load_module(const std::string& file, at::ScalarType dtype) {
  require_archive(file);
  try {
    jit::Module module = jit::load(file, at::kCPU);
    module.eval();
    module.to(dtype);
    require_finite(module, file);
    return module;
  } catch (const c10::Error& error) {
    throw DataError(file +
                    ": not a TorchScript file: " + first_line(error.what_without_backtrace()));
  }
}

jit::Module frozen(const jit::Module& module, const std::string& file) {
  try {
    return jit::freeze(module);
  } catch (const c10::Error& error) {
    throw DataError(file + ": " + first_line(error.what_without_backtrace()));
  }
}

std::string shape_text(const at::Tensor& tensor) {
  std::string text;
  for (const int64_t size : tensor.sizes())
    text += (text.empty() ? "" : ", ") + std::to_string(size);
  return "shape (" + text + ")";
}

/// `module` outlives the importer.
const jit::Value* import_module(Importer& importer, const jit::Module& module,
                                const std::string& file, const at::Tensor& sample) {
  const std::shared_ptr<jit::Graph> graph = module.get_method("forward").graph();
  if (graph->inputs().size() != 2)
    throw UnsupportedError(file + ": expected forward(x) of one tensor, got " +
                           std::to_string(graph->inputs().size() - 1) + " arguments");
  importer.bind(graph->inputs()[0], {.value = module._ivalue()});
  importer.bind(graph->inputs()[1], {.node = 0, .value = sample.clone()});
  try {
    importer.run(graph->block());
  } catch (const c10::Error& error) {
    throw DataError(file + ": its forward fails on an input of " + shape_text(sample) + ": " +
                    first_line(error.what_without_backtrace()));
  }
  return graph->outputs()[0];
}

}  // namespace

Graph trace_graph(const TensorFunction& function, const at::Tensor& sample,
                  const std::vector<at::Tensor>& parameters) {
  Importer importer(sample);
  std::shared_ptr<jit::Graph> kept;
  const jit::Value* result = import_function(importer, function, sample, parameters, kept);
  return finish(importer, result, sample);
}

TorchScriptNetwork import_torchscript(const std::string& file, const at::Tensor& sample) {
  const at::NoGradGuard no_gradient;
  const jit::Module module = load_module(file, sample.scalar_type());
  const jit::Module constant = frozen(module, file);
  Importer importer(sample);
  return {finish(importer, import_module(importer, constant, file, sample), sample),
          [module = module.clone()](const at::Tensor& x) mutable {
            return module.forward({x.clone()}).toTensor();  // which it may write to
          }};
}

Survey survey_function(const TensorFunction& function, const at::Tensor& sample,
                       const std::vector<at::Tensor>& parameters) {
  Survey survey;
  Importer importer(sample, &survey);
  std::shared_ptr<jit::Graph> kept;
  import_function(importer, function, sample, parameters, kept);
  return survey;
}

Survey survey_torchscript(const std::string& file, const at::Tensor& sample) {
  const at::NoGradGuard no_gradient;
  Survey survey;
  const jit::Module constant = frozen(load_module(file, sample.scalar_type()), file);
  Importer importer(sample, &survey);
  import_module(importer, constant, file, sample);
  return survey;
}

}  // namespace limbeck::verify
