#include "nlp/model/linear_product.h"

#include <cstdlib>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/product_precision.h"
#include "nlp/model/embedding_rows.h"
#include "nlp/model/segments.h"
#include "nlp/model/step_random.h"
#include "tests/nlp/model/model_testing.h"

namespace limbeck::nlp {
namespace {

using testing::max_difference;
using testing::message_of;
using testing::random_tensor;

class EachLibrary : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { set_product_library(GetParam()); }
  void TearDown() override { set_product_library("auto"); }
};

// Sizes with tails in each direction; the reference is double. Sums of K = 300 products of about
// 0.25: 1e-5 of room.
TEST_P(EachLibrary, EqualsTheDoubleProductForwardAndBackward) {
  const at::Tensor x = random_tensor({5, 33, 300}, at::kFloat, "x").set_requires_grad(true);
  const at::Tensor w = random_tensor({71, 300}, at::kFloat, "w").set_requires_grad(true);
  const at::Tensor b = random_tensor({71}, at::kFloat, "b").set_requires_grad(true);
  const at::Tensor above = random_tensor({5, 33, 71}, at::kFloat, "above");
  const at::Tensor y = linear_product(x, w, b);
  const auto gradients = torch::autograd::grad({(y * above).sum()}, {x, w, b});
  const at::Tensor xd = x.detach().to(at::kDouble).set_requires_grad(true);
  const at::Tensor wd = w.detach().to(at::kDouble).set_requires_grad(true);
  const at::Tensor bd = b.detach().to(at::kDouble).set_requires_grad(true);
  const at::Tensor yd = linear_product(xd, wd, bd);
  const auto wanted = torch::autograd::grad({(yd * above).sum()}, {xd, wd, bd});
  EXPECT_LE(max_difference(y, yd), 1e-5);
  for (size_t i = 0; i < 3; ++i) EXPECT_LE(max_difference(gradients[i], wanted[i]), 3e-5) << i;
}

// The reference is the product of the rounded factors in double: what is left is that of float32
// sums. 1 / 128 shows that something was rounded at all.
TEST(LinearProduct, Bfloat16RoundsTheFactorsOfAllThreeProducts) {
  const at::Tensor x = random_tensor({5, 33, 300}, at::kFloat, "x").set_requires_grad(true);
  const at::Tensor w = random_tensor({71, 300}, at::kFloat, "w").set_requires_grad(true);
  const at::Tensor b = random_tensor({71}, at::kFloat, "b").set_requires_grad(true);
  const at::Tensor above = random_tensor({5, 33, 71}, at::kFloat, "above");
  at::Tensor y;
  {
    const kernel::ScopedProductPrecision precision(kernel::Arithmetic::kBFloat16);
    y = linear_product(x, w, b);
  }
  const auto gradients = torch::autograd::grad({(y * above).sum()}, {x, w, b});
  const auto rounded = [](const at::Tensor& t) {
    return t.detach().to(at::kBFloat16).to(at::kDouble);
  };
  const at::Tensor rows = rounded(x).view({-1, 300}), dy = rounded(above).view({-1, 71});
  EXPECT_LE(max_difference(y.view({-1, 71}), at::addmm(b.to(at::kDouble), rows, rounded(w).t())),
            2e-5);
  EXPECT_LE(max_difference(gradients[0].view({-1, 300}), dy.mm(rounded(w))), 2e-5);
  EXPECT_LE(max_difference(gradients[1], dy.t().mm(rows)), 5e-5);
  EXPECT_LE(max_difference(gradients[2], above.to(at::kDouble).sum({0, 1})), 5e-5);
  EXPECT_GE(max_difference(y, linear_product(x, w, b)), 1.0 / 128);
}

class EachPrecision : public ::testing::TestWithParam<kernel::Arithmetic> {};

INSTANTIATE_TEST_SUITE_P(Products, EachPrecision,
                         ::testing::Values(kernel::Arithmetic::kFloat32,
                                           kernel::Arithmetic::kBFloat16));

TEST_P(EachPrecision, OwnBitsDoNotDependOnThreads) {
  set_product_library("own");
  const kernel::ScopedProductPrecision precision(GetParam());
  const int threads = thread_count();
  std::vector<std::vector<at::Tensor>> results;
  for (const int count : {1, 3}) {
    set_thread_count(count);
    const at::Tensor x = random_tensor({257, 100}, at::kFloat, "x").set_requires_grad(true);
    const at::Tensor w = random_tensor({65, 100}, at::kFloat, "w").set_requires_grad(true);
    const at::Tensor b = random_tensor({65}, at::kFloat, "b").set_requires_grad(true);
    const at::Tensor y = linear_product(x, w, b);
    results.push_back(torch::autograd::grad({(y * y).sum()}, {x, w, b}));
    results.back().push_back(y);
  }
  set_thread_count(threads);
  set_product_library("auto");
  for (size_t i = 0; i < results[0].size(); ++i)
    EXPECT_TRUE(results[0][i].equal(results[1][i])) << i;
}

INSTANTIATE_TEST_SUITE_P(Products, EachLibrary, ::testing::Values("own", "aten", "onednn"));

TEST(LinearProduct, EveryProcessTakesItsOwnUnlessAskedForAnother) {
  unsetenv("LIMBECK_PRODUCTS");
  set_product_library("auto");
  EXPECT_EQ(product_library_name(product_library()), "own");
  setenv("LIMBECK_PRODUCTS", "aten", /*replace=*/1);
  set_product_library("auto");
  EXPECT_EQ(product_library_name(product_library()), "aten");
  unsetenv("LIMBECK_PRODUCTS");
  set_product_library("auto");
}

TEST(LinearProduct, WrongNamesAndShapesAreErrors) {
  EXPECT_EQ(message_of<ConfigError>([] { set_product_library("mkl"); }),
            "products: expected own, aten, onednn or auto, got 'mkl'");
  EXPECT_EQ(message_of<ShapeError>([] {
              linear_product(at::zeros({2, 3}), at::zeros({4, 5}), at::zeros({4}));
            }),
            "linear_product: x [2, 3], weight [4, 5], bias [4]: expected (..., K), (N, K), (N)");
}

RowSegments ragged() {
  RowSegments segments;
  segments.sequence_of_row = at::tensor({0, 1, 0, 2, 0, 1}, at::kLong);
  segments.lengths = at::tensor({3, 2, 1}, at::kLong);
  return segments;
}

TEST(Segments, FloatPathEqualsGenericPathForwardAndBackward) {
  const auto check = [&](const std::function<at::Tensor(const at::Tensor&)>& function,
                         const at::Tensor& input) {
    const at::Tensor single = input.to(at::kFloat).set_requires_grad(true);
    const at::Tensor twice = input.to(at::kDouble).set_requires_grad(true);
    const at::Tensor got = function(single), want = function(twice);
    EXPECT_LE(max_difference(got, want), 1e-6);
    const at::Tensor above = random_tensor(got.sizes(), at::kDouble, "above");
    EXPECT_LE(
        max_difference(torch::autograd::grad({(got * above.to(at::kFloat)).sum()}, {single})[0],
                       torch::autograd::grad({(want * above).sum()}, {twice})[0]),
        1e-6);
  };
  const at::Tensor rows = random_tensor({6, 70}, at::kDouble, "rows");
  check([](const at::Tensor& x) { return segment_sum(x, ragged()); }, rows);
  check([](const at::Tensor& x) { return segment_mean(x, ragged()); }, rows);
  check([](const at::Tensor& x) { return segment_max(x, ragged()); }, rows);
  check([](const at::Tensor& x) { return segment_softmax(x, ragged()); },
        random_tensor({6}, at::kDouble, "s"));
}

TEST(Segments, HandComputed) {
  const at::Tensor rows = at::tensor({1.f, 10.f, -2.f, 7.f, 4.f, -3.f}).view({6, 1});
  EXPECT_TRUE(segment_mean(rows, ragged()).equal(at::tensor({1.f, 3.5f, 7.f}).view({3, 1})));
  EXPECT_TRUE(segment_max(rows, ragged()).equal(at::tensor({4.f, 10.f, 7.f}).view({3, 1})));
}

// A huge score alone in its sentence must not overflow: the weight is exactly 1.
TEST(Segments, SoftmaxIsStable) {
  const at::Tensor weights =
      segment_softmax(at::tensor({900.f, 1.f, 0.f, 3e38f, -900.f, 1.f}), ragged());
  EXPECT_TRUE(weights.equal(at::tensor({1.f, 0.5f, 0.f, 1.f, 0.f, 0.5f}))) << weights;
}

TEST(EmbeddingRows, EqualsLibTorchWithRepeatedIds) {
  const at::Tensor table = random_tensor({11, 37}, at::kFloat, "table").set_requires_grad(true);
  const at::Tensor ids = at::tensor({3, 3, 0, 10, 3, 7}, at::kLong);
  const at::Tensor above = random_tensor({6, 37}, at::kFloat, "above");
  const at::Tensor got = embedding_rows(table, ids), want = at::embedding(table, ids);
  EXPECT_TRUE(got.equal(want));
  EXPECT_LE(max_difference(torch::autograd::grad({(got * above).sum()}, {table})[0],
                           torch::autograd::grad({(want * above).sum()}, {table})[0]),
            1e-6);
}

TEST(StepRandom, KeepsTheMeanAndTheShare) {
  const at::Tensor mask = StepRandom(1, 5).dropout_mask({1000, 301}, 0.25, "here", at::kFloat);
  // 301,000 draws: the share has a deviation of 8e-4.
  EXPECT_NEAR((mask == 0).to(at::kDouble).mean().item<double>(), 0.25, 4e-3);
  EXPECT_NEAR(mask.to(at::kDouble).mean().item<double>(), 1.0, 5e-3);
}

TEST(StepRandom, IsAFunctionOfSeedStepAndSiteOnly) {
  const auto mask = [](uint64_t seed, uint64_t step, const char* site) {
    return StepRandom(seed, step).dropout_mask({123, 457}, 0.5, site, at::kFloat);
  };
  const int threads = thread_count();
  set_thread_count(1);
  const at::Tensor first = mask(1, 2, "a");
  set_thread_count(7);
  EXPECT_TRUE(first.equal(mask(1, 2, "a")));
  set_thread_count(threads);
  EXPECT_FALSE(first.equal(mask(2, 2, "a")));
  EXPECT_FALSE(first.equal(mask(1, 3, "a")));
  EXPECT_FALSE(first.equal(mask(1, 2, "b")));
}

TEST(StepRandom, AProbabilityOfOneIsAnError) {
  EXPECT_EQ(
      message_of<ConfigError>([] { StepRandom(1, 1).dropout_mask({1}, 1.0, "x", at::kFloat); }),
      "dropout: expected a probability in [0, 1), got 1.000000");
}

}  // namespace
}  // namespace limbeck::nlp
