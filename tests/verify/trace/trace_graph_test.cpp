#include "verify/trace/trace_graph.h"

#include <gtest/gtest.h>
#include <torch/nn.h>
#include <torch/nn/modules/rnn.h>
#include <torch/script.h>
#include <torch/types.h>

#include <map>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "tests/verify/traced_function.h"
#include "verify/pass/bound.h"
#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using test::expect_same;

TEST(TraceGraph, ScalarFunctions) {
  expect_same(
      [](const at::Tensor& x) {
        at::Tensor y = x.relu() + x.tanh() * x.sigmoid() - x.exp() / 3 + x.log() + x.sqrt() +
                       x.rsqrt() + 1 / x;
        y = y + at::gelu(x) + at::gelu(x, "tanh") + at::silu(x) + at::softplus(x) + x.erf() +
            x.abs() + x.sin() + x.cos();
        return y + x.pow(2) + x.pow(3) + x.square() + x.clamp(0.2, 0.7) + x.clamp_min(0) +
               at::leaky_relu(x, 0.1) + at::hardtanh(x);
      },
      {3, 4});
}

TEST(TraceGraph, ShapesAndSums) {
  const at::Tensor w = torch::randn({4, 6}, at::kDouble);
  expect_same(
      [=](const at::Tensor& x) {
        const at::Tensor a =
            x.view({1, 3, 2, 2}).permute({0, 2, 1, 3}).reshape({1, 2, 6}).unsqueeze(1).squeeze(1);
        const at::Tensor b =
            at::cat({a.slice(2, 1, 5), a.narrow(1, 0, 2).select(2, 0).unsqueeze(2)}, 2);
        const at::Tensor c = at::stack({b.mean(-1), b.sum(-1)}, 1).transpose(1, 2);
        const std::vector<at::Tensor> parts = x.chunk(2, 2);
        return c.flatten(1) + (parts[0] - 2 * parts[1]).sum({1, 2}).unsqueeze(1) +
               at::matmul(x, w).mean({1, 2}).view({1, 1});
      },
      {3, 4});
}

TEST(TraceGraph, AModuleWithParametersAttentionAndLayerNorm) {
  torch::nn::Linear q(8, 8), k(8, 8), v(8, 8);
  torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({8}));
  std::vector<at::Tensor> parameters;
  for (torch::nn::Module* module :
       std::initializer_list<torch::nn::Module*>{q.get(), k.get(), v.get(), norm.get()}) {
    module->to(at::kDouble);
    for (const at::Tensor& parameter : module->parameters()) parameters.push_back(parameter);
  }
  expect_same(
      [&](const at::Tensor& x) {
        const auto heads = [](const at::Tensor& t) {
          return t.view({t.size(0), t.size(1), 2, 4}).transpose(1, 2);
        };
        const at::Tensor c =
            at::scaled_dot_product_attention(heads(q(x)), heads(k(x)), heads(v(x)));
        return norm(x + c.transpose(1, 2).reshape(x.sizes()));
      },
      {5, 8}, parameters);
}

TEST(TraceGraph, AnLstmIsUnrolled) {
  torch::nn::LSTM lstm(
      torch::nn::LSTMOptions(3, 4).batch_first(true).bidirectional(true).num_layers(2));
  lstm->to(at::kDouble);
  expect_same([&](const at::Tensor& x) { return std::get<0>(lstm(x)).mean(1); }, {5, 3},
              lstm->parameters());
}

TEST(TraceGraph, GatesOfACellAreRecognised) {
  const auto cell = [](const at::Tensor& x) {
    const std::vector<at::Tensor> part = x.chunk(5, 1);
    const at::Tensor c = part[0].sigmoid() * part[4] + part[2].tanh() * part[1].sigmoid();
    return c.tanh() * part[3].sigmoid() + c * c.sigmoid();
  };
  expect_same(cell, {10});
  const Graph graph = trace_graph(cell, torch::zeros({1, 10}, at::kDouble));
  std::map<std::string, int> count;
  for (int64_t i = 0; i < graph.size(); ++i) ++count[graph.node(i).op];
  EXPECT_EQ(count["gate"], 1);
  EXPECT_EQ(count["gated_tanh"], 2);
  EXPECT_EQ(count["silu"], 1);
  EXPECT_EQ(count["sigmoid"] + count["tanh"] + count["product"], 0);
}

TEST(TraceGraph, ConvolutionAndBatchNorm) {
  torch::nn::Conv2d convolution(torch::nn::Conv2dOptions(2, 4, 3).stride(2).padding(1));
  torch::nn::BatchNorm2d norm(4);
  convolution->to(at::kDouble), norm->to(at::kDouble), norm->eval();
  norm->running_mean.uniform_(-1, 1), norm->running_var.uniform_(0.5, 2);
  std::vector<at::Tensor> parameters = convolution->parameters();
  for (const at::Tensor& parameter : norm->parameters()) parameters.push_back(parameter);
  expect_same([&](const at::Tensor& x) { return norm(convolution(x)).relu().flatten(1); },
              {2, 6, 5}, parameters);
}

TEST(TraceGraph, WhatDoesNotDependOnTheInputIsFolded) {
  const at::Tensor w = torch::randn({4}, at::kDouble);
  const Graph graph = trace_graph([=](const at::Tensor& x) { return x * w.tanh().exp() + w.sum(); },
                                  torch::zeros({1, 4}, at::kDouble));
  EXPECT_EQ(graph.size(), 3);
}

TEST(TraceGraph, ATorchScriptFileIsRead) {
  const test::TemporaryDirectory directory;
  torch::jit::Module module("m");
  module.register_parameter("w", torch::randn({3, 4}, at::kDouble), /*is_buffer=*/false);
  module.define(R"(
def forward(self, x):
    y = torch.matmul(x, self.w.t())
    if y.dim() == 2:
        y = torch.relu(y)
    else:
        y = torch.tanh(y)
    return y + 1.0
)");
  const std::string file = (directory / "net.pt").string();
  module.save(file);
  const at::Tensor x = torch::randn({5, 4}, at::kDouble);
  const Graph graph = import_torchscript(file, x.narrow(0, 0, 1)).graph;
  EXPECT_LT((evaluate(graph, x) - module.forward({x}).toTensor()).abs().max().item<double>(),
            1e-12);
}

// Which code runs depends on the data: a trace would follow one way and be wrong for the other.
TEST(TraceGraph, ControlFlowThatDependsOnTheInputIsRefused) {
  const std::string why =
      ": expected straight code, got a decision that depends on the input (relu, clamp, max and "
      "abs are supported)";
  const test::TemporaryDirectory directory;
  const auto message = [&](const std::string& body) {
    torch::jit::Module module("m");
    module.define("def forward(self, x):\n" + body);
    const std::string file = (directory / "net.pt").string();
    module.save(file);
    return test::error_message<UnsupportedError>([&] {
      import_torchscript(file, torch::ones({1, 4}, at::kDouble));
    });
  };
  EXPECT_EQ(message("    if bool(x.sum(1) > 0):\n        y = torch.relu(x)\n    else:\n"
                    "        y = torch.tanh(x)\n    return y\n"),
            "aten::gt #6" + why);
  EXPECT_EQ(message("    y = x\n    while bool(y.sum(1) < 10):\n        y = y * 2.0\n"
                    "    return y\n"),
            "aten::lt #8" + why);
}

TEST(TraceGraph, AReadOfElementsThatDependOnTheInputIsRefused) {
  const auto message = [](const TensorFunction& function) {
    return test::error_message<UnsupportedError>([&] {
      trace_graph(function, torch::ones({1, 4}, at::kDouble));
    });
  };
  const std::string why =
      ": expected straight code, got a read of elements that depend on the input, by which code "
      "decides (relu, clamp, max and abs are supported)";
  EXPECT_EQ(message([](const at::Tensor& x) {
              return (x * 2).sum().item<double>() > 0 ? x.relu() : x.tanh();
            }),
            "trace_graph: aten::item of aten::sum []" + why);
  EXPECT_EQ(message([](const at::Tensor& x) { return (x > 0).all().is_nonzero() ? x : -x; }),
            "trace_graph: aten::is_nonzero of aten::all []" + why);
  EXPECT_EQ(message([](const at::Tensor& x) { return at::equal(x, x.abs()) ? x : -x; }),
            "trace_graph: aten::equal of prim::Param [1, 4]" + why);
}

TEST(TraceGraph, ReadsOfConstantsAndOfSizesAreNone) {
  const at::Tensor scale = torch::full({1}, 3.0, at::kDouble);
  const at::Tensor parameter = torch::ones({2}, at::kDouble).set_requires_grad(true);
  expect_same(
      [=](const at::Tensor& x) {
        const double factor = scale.item<double>() + (parameter * 2).sum().item<double>();
        return x * factor + static_cast<double>(x.size(1));
      },
      {4}, {parameter});
}

TEST(TraceGraph, NamesAnUnsupportedOperationAndTheKnownOnes) {
  EXPECT_EQ(test::error_message<UnsupportedError>([] {
              trace_graph([](const at::Tensor& x) { return x.erfinv(); }, torch::zeros({1, 2}));
            }),
            "aten::erfinv #1 on (1, 2): not supported; supported: " + supported_operations());
}

TEST(TraceGraph, RefusesToMixItems) {
  EXPECT_EQ(test::error_message<UnsupportedError>([] {
              trace_graph([](const at::Tensor& x) { return x.sum(0, true); }, torch::zeros({1, 2}));
            }),
            "aten::sum #5 on (1, 2): works on the batch dimension");
}

}  // namespace
}  // namespace limbeck::verify
