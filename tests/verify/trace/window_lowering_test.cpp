#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/verify/traced_function.h"

namespace limbeck::verify {
namespace {

using test::expect_same;
using test::expect_sound;

TEST(ConvolutionLowering, OneAxisDilationGroupsAndStride) {
  const at::Tensor w1 = torch::randn({4, 2, 3}, at::kDouble),
                   w2 = torch::randn({4, 1, 3, 2}, at::kDouble),
                   bias = torch::randn({4}, at::kDouble);
  expect_same([=](const at::Tensor& x) { return at::conv1d(x, w1, bias, 2, 1, 2); }, {2, 11});
  expect_same(
      [=](const at::Tensor& x) {
        return at::conv2d(x, w2, bias, {2, 1}, {1, 2}, {2, 3}, /*groups=*/2);
      },
      {2, 8, 9});
}

TEST(PoolingLowering, AveragesWithEveryKindOfEdge) {
  expect_same(
      [](const at::Tensor& x) {
        const at::Tensor a = at::avg_pool2d(x, {3, 2}, {2, 2}, {1, 0}, /*ceil_mode=*/true,
                                            /*count_include_pad=*/false);
        const at::Tensor b = at::adaptive_avg_pool2d(x, {3, 2});
        const at::Tensor c = at::avg_pool1d(x.flatten(2), 5, 3, 2);
        const at::Tensor d = at::adaptive_avg_pool1d(x.flatten(2), 4);
        return at::cat({a.flatten(1), b.flatten(1), c.flatten(1), d.flatten(1)}, 1);
      },
      {2, 7, 6});
}

TEST(PoolingLowering, MaximaWithPaddingDilationAndCeilMode) {
  expect_same(
      [](const at::Tensor& x) {
        // Negative values: padding must not win.
        const at::Tensor a = at::max_pool2d(x - 2, {3, 2}, {2, 2}, {1, 1}, {2, 1}, true);
        const at::Tensor b = at::max_pool2d(x, 2);
        const at::Tensor c = at::max_pool1d(x.flatten(2) - 3, 4, 3, 2);
        return at::cat({a.flatten(1), b.flatten(1), c.flatten(1)}, 1);
      },
      {2, 7, 6});
}

TEST(PoolingLowering, BoundsHoldOnASmallConvolutionalNet) {
  torch::manual_seed(31);
  const at::Tensor w = torch::randn({3, 1, 2, 2}, at::kDouble),
                   out = torch::randn({2, 3}, at::kDouble);
  expect_sound(
      [=](const at::Tensor& x) {
        const at::Tensor h = at::max_pool2d(at::conv2d(x, w, {}, 1, 1).relu(), 2, 1);
        return at::linear(at::adaptive_avg_pool2d(at::avg_pool2d(h, 2, 1), {1, 1}).flatten(1), out);
      },
      torch::randn({1, 1, 3, 3}, at::kDouble));
}

TEST(ExtremeLowering, EveryForm) {
  const at::Tensor c = torch::randn({4}, at::kDouble);
  expect_same(
      [=](const at::Tensor& x) {
        const at::Tensor y = x - 0.5;
        return at::cat(
            {y.amax({1, 2}).unsqueeze(1), y.amin({2}), std::get<0>(y.max(1)),
             std::get<0>(y.min(2, true)).flatten(1), at::maximum(y, y.flip({2}) * 2).flatten(1),
             at::minimum(y.sin(), y.sum(2, true)).flatten(1), at::maximum(y, c).flatten(1),
             at::min(c, y).flatten(1)},
            1);
      },
      {3, 4});
}

TEST(ExtremeLowering, BoundsHold) {
  torch::manual_seed(32);
  const at::Tensor a = torch::randn({5, 4}, at::kDouble), b = torch::randn({5, 4}, at::kDouble),
                   c = torch::randn({5}, at::kDouble);
  expect_sound(
      [=](const at::Tensor& x) {
        const at::Tensor u = at::linear(x, a), v = at::linear(x, b).tanh();
        return at::cat(
            {at::maximum(u, v), at::minimum(u, c), u.amin({1}, true), std::get<0>(v.max(1, true))},
            1);
      },
      torch::randn({1, 4}, at::kDouble));
}

TEST(RearrangementLowering, EveryForm) {
  const at::Tensor index = torch::tensor({2, 0, 1, 1}), chosen = torch::tensor({{1, 0, 2}});
  expect_same(
      [=](const at::Tensor& x) {
        const at::Tensor g = x.gather(1, chosen.unsqueeze(2).expand({1, 3, 4}));
        return at::cat(
            {x.flip({1, 2}).flatten(1), x.roll(1, 2).flatten(1), x.repeat({1, 2, 1}).flatten(1),
             x.index({torch::indexing::Slice(), torch::indexing::Slice(), index}).flatten(1),
             x.movedim(1, 2).flatten(1), x.unfold(2, 2, 1).flatten(1), g.flatten(1),
             at::constant_pad_nd(x, {1, 2}, 7.5).flatten(1),
             at::pad(x, {1, 1}, "reflect").flatten(1)},
            1);
      },
      {3, 4});
}

TEST(RearrangementLowering, RefusesToMixItems) {
  const auto message = [](const TensorFunction& f) {
    return test::error_message<UnsupportedError>([&] {
      trace_graph(f, torch::zeros({1, 2, 2}, at::kDouble));
    });
  };
  EXPECT_EQ(message([](const at::Tensor& x) { return x.flip({0}); }),
            "aten::flip #3 on (1, 2, 2): mixes or moves the batch dimension");
  EXPECT_EQ(message([](const at::Tensor& x) {
              return x.repeat({2, 1, 1});
            }),
            "aten::repeat #5 on (1, 2, 2): merges or moves the batch dimension");
  EXPECT_EQ(message([](const at::Tensor& x) {
              return x.gather(0, torch::zeros({1, 2, 2}, at::kLong));
            }),
            "aten::gather #12 on (1, 2, 2): works on the batch dimension");
}

TEST(LogSoftmaxLowering, IsTheFunctionAndBoundsHold) {
  torch::manual_seed(33);
  const at::Tensor a = torch::randn({6, 3}, at::kDouble) * 3;
  const TensorFunction f = [=](const at::Tensor& x) {
    const at::Tensor y = at::linear(x, a);
    return at::cat({at::log_softmax(y, 1), y.logsumexp({1}, true)}, 1);
  };
  expect_same(f, {3});
  expect_sound(f, torch::randn({1, 3}, at::kDouble), {}, 0.1);
}

TEST(LogSoftmaxLowering, DropsOutOfDifferences) {
  // Margins of a classifier that ends in log_softmax are those of its logits.
  torch::manual_seed(34);
  const at::Tensor a = torch::randn({3, 4}, at::kDouble),
                   center = torch::randn({1, 4}, at::kDouble);
  const LpBall ball = LpBall::of_all(center, torch::full({1}, 0.3, at::kDouble), 2);
  const at::Tensor rows = torch::tensor({{1.0, -1.0, 0.0}}, at::kDouble).unsqueeze(1);
  const auto lower = [&](const TensorFunction& f) {
    return bound(trace_graph(f, center), ball, rows, find_bound_method("crown-ibp"))
        .lower.item<double>();
  };
  EXPECT_NEAR(lower([=](const at::Tensor& x) { return at::log_softmax(at::linear(x, a), 1); }),
              lower([=](const at::Tensor& x) { return at::linear(x, a); }), 1e-12);
}

TEST(RealPower, BoundsHold) {
  torch::manual_seed(35);
  const at::Tensor a = torch::randn({4, 3}, at::kDouble);
  expect_sound(
      [=](const at::Tensor& x) {
        const at::Tensor y = at::linear(x, a).sigmoid() + 0.1;
        return at::cat({y.pow(1.5), y.pow(-1.5), y.pow(0.3), y.pow(-3)}, 1);
      },
      torch::randn({1, 3}, at::kDouble));
}

}  // namespace
}  // namespace limbeck::verify
