#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "fairness/regularize/cosine_distance.h"
#include "fairness/regularize/embedding_regulariser.h"
#include "fairness/regularize/sentiment_regulariser.h"
#include "nlp/core/errors.h"
#include "nlp/model/initialization.h"
#include "tests/nlp/model/model_testing.h"
#include "tests/support/error_message.h"

namespace limbeck::fairness {
namespace {

using nlp::testing::expect_finite_differences;
using nlp::testing::max_difference;
using nlp::testing::random_tensor;

nlp::CausalTransformer tiny_transformer(nlp::CausalFamily family) {
  const bool is_llama = family == nlp::CausalFamily::kLlama;
  nlp::CausalConfig config;
  config.family = family;
  config.vocabulary_size = 9;
  config.hidden_size = 8;
  config.layers = 2;
  config.heads = 2;
  config.key_value_heads = is_llama ? 1 : 2;
  config.head_width = 4;
  config.intermediate_size = 8;
  config.max_positions = 8;
  nlp::CausalTransformer transformer(config);
  transformer->draw_weights(5);
  const torch::NoGradGuard no_gradient;
  for (const at::Tensor& weight : transformer->parameters())
    if (weight.dim() == 2) weight.mul_(15);
  return transformer;
}

SentimentHead frozen_head(int64_t width) {
  SentimentHead head(width);
  head->draw_weights(2);
  head->fit_scaling(random_tensor({20, width}, at::kFloat, "features"));
  for (const at::Tensor& parameter : head->parameters()) parameter.set_requires_grad(false);
  return head;
}

/// Two prefixes of different lengths against their counterfactuals, at their last tokens.
struct Pair {
  at::Tensor original = torch::tensor({{1, 2, 3, 4}, {5, 6, 7, 0}}, at::kLong);
  at::Tensor swapped = torch::tensor({{1, 2, 3, 8, 2}, {5, 6, 1, 0, 0}}, at::kLong);
  at::Tensor original_last = torch::tensor({3, 2}, at::kLong);
  at::Tensor swapped_last = torch::tensor({4, 2}, at::kLong);
};

TEST(CosineDistance, IsOneMinusTheCosineAndKeepsItsDigitsNearOne) {
  const at::Tensor a = random_tensor({7, 5}, at::kDouble, "a");
  const at::Tensor b = random_tensor({7, 5}, at::kDouble, "b");
  const at::Tensor want = (1 - at::cosine_similarity(a, b, 1, 0)).mean();
  EXPECT_NEAR(cosine_distance(a, b).item<double>(), want.item<double>(), 1e-14);
  EXPECT_NEAR(cosine_distance(a, 3 * a).item<double>(), 0, 1e-14);
  EXPECT_NEAR(cosine_distance(a, -a).item<double>(), 2, 1e-14);
  // float32: 1 - cos of an angle of 1e-4 is 5e-9, which 1 - 1 rounds away.
  const at::Tensor x = torch::tensor({{1.0f, 0.0f}}), y = torch::tensor({{1.0f, 1e-4f}});
  EXPECT_NEAR(cosine_distance(x, y).item<double>(), 5e-9, 5e-13);
  EXPECT_EQ(test::error_message<ShapeError>([&] { cosine_distance(a, b.narrow(0, 0, 3)); }),
            "cosine_distance: expected two (B, W) with rows, got [7, 5] and [3, 5]");
}

class Regulariser : public testing::TestWithParam<nlp::CausalFamily> {};

TEST_P(Regulariser, ReadsTheMeanOfTheLastTwoLayersAtTheGivenTokens) {
  nlp::CausalTransformer transformer = tiny_transformer(GetParam());
  const torch::NoGradGuard no_gradient;
  const Pair pair;
  const nlp::CausalHidden hidden = transformer(pair.original);
  const at::Tensor features = prefix_features(hidden, pair.original_last);
  for (int64_t row = 0; row < 2; ++row) {
    const int64_t t = pair.original_last[row].item<int64_t>();
    EXPECT_LT(
        max_difference(features[row], (hidden.before_last[row][t] + hidden.last_layer[row][t]) / 2),
        1e-6);
  }
}

TEST_P(Regulariser, GradientsOfTheEmbeddingOneAreThoseOfFiniteDifferences) {
  nlp::CausalTransformer transformer = tiny_transformer(GetParam());
  transformer->to(at::kDouble);
  const Pair pair;
  const auto loss = [&] {
    return embedding_regulariser(prefix_features(transformer(pair.original), pair.original_last),
                                 prefix_features(transformer(pair.swapped), pair.swapped_last));
  };
  EXPECT_GT(loss().item<double>(), 1e-3);
  expect_finite_differences(loss, transformer->parameters(), 1e-6);
}

TEST_P(Regulariser,
       GradientsOfTheSentimentOneGoThroughTheFrozenHeadAndAreThoseOfFiniteDifferences) {
  nlp::CausalTransformer transformer = tiny_transformer(GetParam());
  transformer->to(at::kDouble);
  SentimentHead head = frozen_head(8);
  head->to(at::kDouble);
  const Pair pair;
  const auto loss = [&] {
    return sentiment_regulariser(head,
                                 prefix_features(transformer(pair.original), pair.original_last),
                                 prefix_features(transformer(pair.swapped), pair.swapped_last));
  };
  EXPECT_GT(loss().item<double>(), 1e-3);
  expect_finite_differences(loss, transformer->parameters(), 1e-6);
  loss().backward();
  for (const auto& item : head->named_parameters())
    EXPECT_FALSE(item.value().grad().defined()) << item.key();
  double norm = 0;
  for (const at::Tensor& parameter : transformer->parameters())
    if (parameter.grad().defined()) norm += parameter.grad().square().sum().item<double>();
  EXPECT_GT(norm, 1e-6);
}

/// Adapters that are not at their starting point, where half of their gradients are 0.
void stir_adapters(nlp::CausalTransformer& transformer) {
  const torch::NoGradGuard no_gradient;
  for (const auto& item : transformer->named_parameters()) {
    if (!item.key().ends_with("adapter_up")) continue;
    RandomStream stream(5, item.key());
    nlp::fill_normal(item.value(), 0.3, stream);
  }
}

TEST_P(Regulariser, AdaptersLearnFromBoth) {
  nlp::CausalTransformer transformer = tiny_transformer(GetParam());
  transformer->add_adapters(2, 4.0, 3);
  stir_adapters(transformer);
  transformer->to(at::kDouble);
  SentimentHead head = frozen_head(8);
  head->to(at::kDouble);
  const Pair pair;
  std::vector<at::Tensor> trained;
  for (const at::Tensor& parameter : transformer->parameters())
    if (parameter.requires_grad()) trained.push_back(parameter);
  EXPECT_EQ(trained.size(), GetParam() == nlp::CausalFamily::kLlama ? 2u * 14 : 2u * 8);
  for (const bool is_embedding : {true, false}) {
    const auto loss = [&] {
      const at::Tensor a = prefix_features(transformer(pair.original), pair.original_last);
      const at::Tensor b = prefix_features(transformer(pair.swapped), pair.swapped_last);
      return is_embedding ? embedding_regulariser(a, b) : sentiment_regulariser(head, a, b);
    };
    EXPECT_GT(loss().item<double>(), 1e-3);
    expect_finite_differences(loss, trained, 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, Regulariser,
                         testing::Values(nlp::CausalFamily::kLlama, nlp::CausalFamily::kGpt2),
                         [](const auto& family) {
                           return family.param == nlp::CausalFamily::kLlama ? "Llama" : "Gpt2";
                         });

TEST(SentimentRegulariser, RefusesAHeadThatWouldBeTrainedAlong) {
  SentimentHead head(4);
  const at::Tensor features = at::ones({1, 4});
  EXPECT_EQ(
      test::error_message<ConfigError>([&] { sentiment_regulariser(head, features, features); }),
      "sentiment regulariser: 'first.weight' of the head is not frozen");
}

}  // namespace
}  // namespace limbeck::fairness
