#include "verify/network/word_layout.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "verify/network/word_model.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {
namespace {

TEST(WordLayout, IsTheFunctionOfTheRowsWhateverStandsInThePadding) {
  torch::manual_seed(50);
  const at::Tensor w = torch::randn({3, 3}, at::kDouble);
  const auto f = [w](const at::Tensor& x) {
    return at::matmul(at::matmul(x, at::linear(x, w).transpose(1, 2)).softmax(-1), x).flatten(1);
  };
  const Graph rows = trace_graph(f, torch::randn({1, 6, 3}, at::kDouble));
  const Graph words = with_word_layout(rows, {1, 3, 2});
  const at::Tensor x = torch::randn({4, 3, 9}, at::kDouble);
  const at::Tensor used =
      torch::cat({x.select(1, 0).narrow(1, 0, 3).unsqueeze(1), x.select(1, 1).view({4, 3, 3}),
                  x.select(1, 2).narrow(1, 0, 6).view({4, 2, 3})},
                 1);
  EXPECT_TRUE(at::equal(evaluate(words, x), evaluate(rows, used)));
}

TEST(WordModel, OfPiecesReadsWordsOfSeveralRows) {
  torch::manual_seed(51);
  const at::Tensor table = torch::randn({5, 2}, at::kDouble), w = torch::randn({2, 2}, at::kDouble);
  const auto f = [w](const at::Tensor& x) { return at::linear(x.tanh(), w).mean(1); };
  WordModel model(table, f);
  const int64_t a = model.add_word({0}, "a"), bc = model.add_word({1, 2}, "bc"),
                d = model.add_word({3}, "d");
  EXPECT_EQ(model.add_word({1, 2}, "another name"), bc);
  EXPECT_EQ(model.word(bc), "bc");
  EXPECT_EQ(model.find_word("d"), d);
  EXPECT_EQ(model.layout(std::vector<int64_t>{a, bc, d}), (WordLayout{1, 2, 1}));
  const at::Tensor ids = torch::tensor({{a, bc, d}});
  const at::Tensor direct = f(table.narrow(0, 0, 4).unsqueeze(0));
  EXPECT_LT((model.logits(ids) - direct).abs().max().item<double>(), 1e-14);
  EXPECT_TRUE(at::equal(model.run(ids), direct));
  EXPECT_EQ(model.embed(torch::tensor({{a, d}})).size(2), 2);
  EXPECT_EQ(model.embed(torch::tensor({{a, d}}), 3).size(2), 6);
  EXPECT_EQ(model.classes(), 2);
}

TEST(WordModel, ForgetsGraphsThatItHasNoRoomForAndMakesThemAgain) {
  // A weight of 8 KB and its absolute values in each graph.
  const at::Tensor wide = torch::full({1 << 10, 1}, 1e-7, at::kDouble);
  WordModel model(torch::ones({1, 1}, at::kDouble), [wide](const at::Tensor& x) {
    const at::Tensor sum = x.sum(1);
    return at::cat({sum, at::linear(sum, wide * sum.size(0)).sum(1, true)}, 1);
  });
  model.keep_graphs_within(40'000);
  const int64_t a = model.add_word({0}, "a");
  for (const int64_t length : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 10})
    EXPECT_EQ(model.logits(torch::full({1, length}, a, at::kLong))[0][0].item<double>(),
              static_cast<double>(length));
}

}  // namespace
}  // namespace limbeck::verify
