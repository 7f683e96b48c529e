#include <gtest/gtest.h>
#include <torch/nn/modules/rnn.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/verify/traced_function.h"
#include "verify/certify/margin.h"
#include "verify/certify/word_verifier.h"

namespace limbeck::verify {
namespace {

using test::expect_same;
using test::expect_sound;

/// A layer with larger weights than it starts with, so that its gates leave the middle.
template <class Layer>
Layer strong(Layer layer, double strength) {
  const at::NoGradGuard no_gradient;
  layer->to(at::kDouble);
  for (const at::Tensor& parameter : layer->parameters()) parameter.mul_(strength);
  return layer;
}

torch::nn::LSTM lstm(bool is_bidirectional, int64_t layers, double strength = 1.5) {
  return strong(torch::nn::LSTM(torch::nn::LSTMOptions(2, 3)
                                    .batch_first(true)
                                    .bidirectional(is_bidirectional)
                                    .num_layers(layers)),
                strength);
}

torch::nn::GRU gru(bool is_bidirectional, int64_t layers, double strength = 1.5,
                   bool has_bias = true) {
  return strong(torch::nn::GRU(torch::nn::GRUOptions(2, 3)
                                   .batch_first(true)
                                   .bidirectional(is_bidirectional)
                                   .num_layers(layers)
                                   .bias(has_bias)),
                strength);
}

template <class Layer>
TensorFunction states(Layer layer) {
  return [layer](const at::Tensor& x) mutable { return std::get<0>(layer(x)); };
}

/// Mean and last state: (1, T, 2) to (1, 2 H).
template <class Layer>
TensorFunction features(Layer layer) {
  return [layer](const at::Tensor& x) mutable {
    const at::Tensor y = std::get<0>(layer(x));
    return at::cat({y.mean(1), y.select(1, -1)}, 1);
  };
}

TEST(RecurrentLowering, IsTheLayer) {
  torch::manual_seed(40);
  for (const bool is_bidirectional : {false, true})
    for (const int64_t layers : {1, 2}) {
      const torch::nn::LSTM a = lstm(is_bidirectional, layers);
      expect_same(states(a), {4, 2}, a->parameters());
      const torch::nn::GRU b = gru(is_bidirectional, layers);
      expect_same(states(b), {4, 2}, b->parameters());
    }
  const torch::nn::GRU plain = gru(true, 1, 1.5, /*has_bias=*/false);
  expect_same(states(plain), {4, 2}, plain->parameters());
}

TEST(RecurrentLowering, LstmBoundsHoldAtCornersAndInside) {
  torch::manual_seed(41);
  for (const double strength : {1.0, 4.0})
    for (const bool is_bidirectional : {false, true}) {
      const torch::nn::LSTM layer = lstm(is_bidirectional, 1, strength);
      expect_sound(features(layer), torch::randn({1, 3, 2}, at::kDouble), layer->parameters(), 3.0);
    }
}

TEST(RecurrentLowering, GruBoundsHoldAtCornersAndInside) {
  torch::manual_seed(42);
  for (const double strength : {1.0, 4.0})
    for (const bool is_bidirectional : {false, true}) {
      const torch::nn::GRU layer = gru(is_bidirectional, 1, strength);
      expect_sound(features(layer), torch::randn({1, 3, 2}, at::kDouble), layer->parameters(), 3.0);
    }
}

TEST(RecurrentLowering, ATwoLayerLstmToo) {
  torch::manual_seed(43);
  const torch::nn::LSTM layer = lstm(true, 2);
  expect_sound(features(layer), torch::randn({1, 2, 2}, at::kDouble), layer->parameters(), 3.0);
}

TEST(RecurrentLowering, NamesWhatItDoesNotRead) {
  const auto message = [](auto layer, const at::Tensor& sample) {
    return test::error_message<UnsupportedError>(
        [&] { trace_graph(states(layer), sample, layer->parameters()); });
  };
  torch::nn::GRU time_first(torch::nn::GRUOptions(2, 3));
  EXPECT_EQ(message(time_first, torch::zeros({1, 1, 2})),
            "aten::gru #17 on (1, 1, 2): expected batch_first");
  torch::nn::LSTM other(torch::nn::LSTMOptions(2, 3).batch_first(true).proj_size(2));
  EXPECT_EQ(message(other, torch::zeros({1, 2, 2})),
            "aten::lstm #27 on (1, 2, 2): expected no projections");
}

/// 10 words of width 2, a recurrent layer, mean pooling, 2 classes.
template <class Layer>
WordModel recurrent_model(Layer layer) {
  std::vector<std::string> words = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"};
  for (char c = 'a'; c < 'g'; ++c) words.emplace_back(1, c);
  const at::Tensor out = torch::randn({2, layer->options.bidirectional() ? 6 : 3}, at::kDouble) * 3;
  return WordModel(
      words, torch::randn({10, 2}, at::kDouble) * 3,
      [=](const at::Tensor& x) mutable { return at::linear(std::get<0>(layer(x)).mean(1), out); },
      layer->parameters());
}

template <class Layer>
void expect_brute_force(Layer layer, int64_t& certified, int64_t& falsified) {
  const at::NoGradGuard no_gradient;
  WordModel model = recurrent_model(layer);
  for (int64_t i = 0; i < 6; ++i) {
    WordProblem problem;
    for (int64_t t = 0; t < 3 + i % 3; ++t) {
      problem.words.push_back(4 + torch::randint(0, 6, {1}).item<int64_t>());
      std::vector<int64_t>& allowed = problem.candidates.emplace_back();
      for (int64_t word = 4; word < 10; ++word)
        if (word != problem.words.back() && torch::rand({1}).item<double>() < 0.4)
          allowed.push_back(word);
    }
    problem.budget = 1 + i % 3;
    problem.label =
        model.logits(torch::tensor(problem.words).unsqueeze(0)).argmax().item<int64_t>();
    const double exact =
        margins(model, enumerate_sentences(problem), problem.label).min().item<double>();
    WordVerifier verifier(model, {.leaf = 4, .bound = {.iterations = 2}});
    for (const BoundMethod& method : bound_methods()) {
      if (method.is_optimized) continue;
      EXPECT_LE(verifier.lower_bounds({problem}, method.name)[0], exact + 1e-9) << method.name;
    }
    const WordResult result = verifier.verify({problem})[0];
    ASSERT_EQ(result.verdict, exact > 0 ? Verdict::kCertified : Verdict::kFalsified) << exact;
    certified += result.verdict == Verdict::kCertified;
    falsified += result.verdict == Verdict::kFalsified;
  }
}

TEST(RecurrentNets, SynonymVerdictsAreThoseOfBruteForce) {
  torch::manual_seed(44);
  int64_t certified = 0, falsified = 0;
  expect_brute_force(lstm(true, 1), certified, falsified);
  expect_brute_force(gru(true, 1), certified, falsified);
  expect_brute_force(gru(false, 2), certified, falsified);
  EXPECT_GT(certified, 1);
  EXPECT_GT(falsified, 1);
}

}  // namespace
}  // namespace limbeck::verify
