#include "verify/relax/affine.h"

#include <gtest/gtest.h>

#include "verify/graph/graph_builder.h"
#include "verify/relax/propagate.h"

namespace limbeck::verify {
namespace {

/// One node of each affine operation, over an input (3, 4).
std::vector<Graph> graphs() {
  torch::manual_seed(6);
  const auto build = [](const std::function<int64_t(GraphBuilder&)>& add,
                        std::vector<int64_t> shape = {3, 4}) {
    GraphBuilder builder(std::move(shape));
    return builder.finish(add(builder)).to(at::kDouble);
  };
  const at::Tensor weight = torch::randn({5, 4}, at::kDouble),
                   bias = torch::randn({5}, at::kDouble);
  const at::Tensor kernel = torch::randn({4, 2, 3, 3}, at::kDouble);
  return {build([&](GraphBuilder& b) { return b.linear(0, weight, bias); }),
          build([&](GraphBuilder& b) {
            return b.scale_shift(0, torch::randn({4}), torch::randn({1, 3, 1}));
          }),
          build([&](GraphBuilder& b) {
            return b.scale_shift(0, {}, torch::randn({3, 4}));
          }),
          build([&](GraphBuilder& b) {
            return b.reshape(0, {2, 6});
          }),
          build([&](GraphBuilder& b) {
            return b.permute(0, {1, 0});
          }),
          build([&](GraphBuilder& b) {
            return b.expand(0, {2, 3, 4});
          }),
          build([&](GraphBuilder& b) {
            return b.take(0, 1, torch::tensor({2, 0, 2}));
          }),
          build([&](GraphBuilder& b) {
            return b.reduce_sum(0, {0, 1}, -0.25);
          }),
          build([&](GraphBuilder& b) {
            return b.add({.op = "left_matmul",
                          .inputs = {0},
                          .shape = {2, 4},
                          .constants = {weight.narrow(0, 0, 2).narrow(1, 0, 3),
                                        weight.narrow(0, 0, 2).narrow(1, 0, 3).abs()}});
          }),
          build(
              [&](GraphBuilder& b) {
                return b.add({.op = "conv2d",
                              .inputs = {0},
                              .shape = {4, 3, 3},
                              .ints = {2, 2, 1, 1, 1, 6, 5},
                              .constants = {kernel, kernel.abs(), torch::randn({4})}});
              },
              {2, 6, 5})};
}

TEST(AffineOperations, TransposeIsTheAdjoint) {
  for (const Graph& graph : graphs()) {
    const Node& node = graph.node(graph.output());
    const AffineRule& rule = std::get<AffineRule>(find_operation(node.op).rule);
    std::vector<int64_t> in = {7}, out = {7};
    in.insert(in.end(), graph.node(node.inputs[0]).shape.begin(),
              graph.node(node.inputs[0]).shape.end());
    out.insert(out.end(), node.shape.begin(), node.shape.end());
    const at::Tensor x = torch::randn(in, at::kDouble), a = torch::randn(out, at::kDouble);
    const at::Tensor y = rule.apply(node, Tensors{x}, false);
    ASSERT_EQ(y.sizes(), a.sizes()) << node.op;
    const at::Tensor back = rule.transpose(node, a)[0];
    ASSERT_EQ(back.sizes(), x.sizes()) << node.op;
    EXPECT_NEAR((a * y).sum().item<double>(), (back * x).sum().item<double>(), 1e-10) << node.op;
    EXPECT_TRUE((y.abs() <= rule.apply(node, Tensors{x.abs()}, true) + 1e-12).all().item<bool>())
        << node.op;
  }
}

TEST(AffineOperations, ShiftIsTheValueAtZero) {
  for (const Graph& graph : graphs()) {
    const Node& node = graph.node(graph.output());
    std::vector<int64_t> in = {2};
    in.insert(in.end(), graph.node(node.inputs[0]).shape.begin(),
              graph.node(node.inputs[0]).shape.end());
    std::vector<int64_t> rows = {3, 2};
    rows.insert(rows.end(), node.shape.begin(), node.shape.end());
    const at::Tensor a = torch::randn(rows, at::kDouble), x = torch::randn(in, at::kDouble);
    const Substitution result = node_backward(node, Relaxation(), a);
    at::Tensor bound = dot_items(result.coefficients[0], x);
    if (result.bias.defined()) bound = bound + result.bias;
    const at::Tensor value = dot_items(a, node_value(node, Tensors{x}));
    EXPECT_LT((bound - value).abs().max().item<double>(), 1e-10) << node.op;
  }
}

}  // namespace
}  // namespace limbeck::verify
