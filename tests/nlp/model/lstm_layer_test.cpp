#include "nlp/model/lstm_layer.h"

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/utils/rnn.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/product_precision.h"
#include "nlp/model/initialization.h"

namespace limbeck::nlp {
namespace {

struct Case {
  std::vector<int64_t> lengths;
  int64_t piece_size, input, hidden;
};

const std::vector<Case> kCases{
    {{1}, 4, 3, 5},                    // one token
    {{4, 4, 4}, 2, 8, 8},              // equal lengths, two pieces
    {{7, 1, 3, 9, 2, 2, 5}, 3, 6, 7},  // ragged, odd widths
    {{30, 12, 25, 1, 17, 29, 30, 8}, 32, 20, 33},
};

struct Problem {
  std::shared_ptr<const TimeMajorLayout> layout;
  at::Tensor input, above;
  std::vector<at::Tensor> weights;  ///< ih, hh, bias_ih, bias_hh of forward, then of reverse
  std::vector<at::Tensor> leaves() const {
    std::vector<at::Tensor> all{input};
    all.insert(all.end(), weights.begin(), weights.end());
    return all;
  }
  LstmWeights direction(size_t d) const {
    return {weights[4 * d], weights[4 * d + 1], weights[4 * d + 2], weights[4 * d + 3]};
  }
};

Problem make_problem(const Case& c, at::ScalarType type) {
  RandomStream stream(3, "lstm layer test");
  Problem problem;
  problem.layout = time_major_layout(c.lengths, c.piece_size);
  const auto random = [&](at::IntArrayRef shape, bool is_leaf) {
    at::Tensor tensor = at::empty(shape, type);
    fill_normal(tensor, 0.4, stream);
    return tensor.set_requires_grad(is_leaf);
  };
  problem.input = random({problem.layout->rows, c.input}, true);
  for (int d = 0; d < 2; ++d)
    for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{
             {4 * c.hidden, c.input}, {4 * c.hidden, c.hidden}, {4 * c.hidden}, {4 * c.hidden}})
      problem.weights.push_back(random(shape, true));
  problem.above = random({problem.layout->rows, 2 * c.hidden}, false);
  return problem;
}

at::Tensor run(const Problem& problem) {
  return bilstm_layer(problem.input, problem.layout, problem.direction(0), problem.direction(1));
}

/// The same layer by torch::nn::LSTM on a packed sequence of the whole batch; rows as in the
/// layout.
at::Tensor run_reference(const Problem& problem, const Case& c) {
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(c.input, c.hidden).bidirectional(true));
  lstm->to(problem.input.scalar_type());
  const TimeMajorLayout& layout = *problem.layout;
  const int64_t count = layout.sequences(), steps = layout.lengths.front();
  std::vector<int64_t> index;  // row of (sequence, step) in the layout
  for (const TimeMajorPiece& piece : layout.pieces)
    for (int64_t i = 0; i < piece.sequences(); ++i)
      for (int64_t t = 0; t < layout.lengths[static_cast<size_t>(piece.first_sequence + i)]; ++t)
        index.push_back(piece.first_row + piece.offset[static_cast<size_t>(t)] + i);
  const at::Tensor rows = at::tensor(index, at::kLong);
  const at::Tensor lengths = at::tensor(layout.lengths, at::kLong);
  const at::Tensor mask = at::arange(steps).unsqueeze(0) < lengths.unsqueeze(1);
  const at::Tensor padded =
      at::zeros({count, steps, c.input}, problem.input.options())
          .masked_scatter(mask.unsqueeze(2), problem.input.index_select(0, rows));
  const auto packed = torch::nn::utils::rnn::pack_padded_sequence(padded, lengths, true);
  const at::Tensor zero = at::zeros({2, count, c.hidden}, problem.input.options());
  const at::Tensor data = std::get<0>(at::lstm(packed.data(), packed.batch_sizes(), {zero, zero},
                                               problem.weights, true, 1, 0.0, true, true));
  const auto unpacked = torch::nn::utils::rnn::pad_packed_sequence(
      torch::nn::utils::rnn::PackedSequence(data, packed.batch_sizes()), true);
  const at::Tensor valid =
      std::get<0>(unpacked).masked_select(mask.unsqueeze(2)).view({-1, 2 * c.hidden});
  return at::zeros_like(valid).index_copy(0, rows, valid);
}

TEST(BiLstmLayer, EqualsLibTorchForwardAndBackward) {
  for (const Case& c : kCases) {
    const Problem problem = make_problem(c, at::kFloat);
    const at::Tensor got = run(problem), want = run_reference(problem, c);
    EXPECT_LE((got - want).abs().max().item<double>(), 1e-5);
    const auto got_gradients =
        torch::autograd::grad({(got * problem.above).sum()}, problem.leaves());
    const auto want_gradients =
        torch::autograd::grad({(want * problem.above).sum()}, problem.leaves());
    for (size_t i = 0; i < got_gradients.size(); ++i) {
      const double scale = want_gradients[i].abs().max().item<double>();
      EXPECT_LE((got_gradients[i] - want_gradients[i]).abs().max().item<double>(), 1e-4 * scale)
          << "leaf " << i << " hidden " << c.hidden;
    }
  }
}

// In double the layer takes LibTorch's path: its gradients must be those of the layout's rows.
TEST(BiLstmLayer, DoubleGradientsEqualFiniteDifferences) {
  const Problem problem = make_problem({{3, 1, 2}, 2, 2, 3}, at::kDouble);
  const auto loss = [&] { return (run(problem) * problem.above).sum(); };
  const auto gradients = torch::autograd::grad({loss()}, problem.leaves());
  const torch::NoGradGuard no_grad;
  constexpr double kStep = 1e-6;
  for (size_t leaf = 0; leaf < gradients.size(); ++leaf) {
    double* value = problem.leaves()[leaf].mutable_data_ptr<double>();
    for (int64_t i = 0; i < gradients[leaf].numel(); ++i) {
      const double kept = value[i];
      value[i] = kept + kStep;
      const double above = loss().item<double>();
      value[i] = kept - kStep;
      const double below = loss().item<double>();
      value[i] = kept;
      // Central differences: error of order step^2 plus 1e-16 / step.
      EXPECT_NEAR(gradients[leaf].flatten()[i].item<double>(), (above - below) / (2 * kStep), 1e-7)
          << "leaf " << leaf << " at " << i;
    }
  }
}

TEST(BiLstmLayer, FloatPathEqualsDoublePath) {
  for (const Case& c : kCases) {
    const Problem single = make_problem(c, at::kFloat), twice = make_problem(c, at::kDouble);
    EXPECT_LE((run(single).to(at::kDouble) - run(twice)).abs().max().item<double>(), 1e-5);
  }
}

// Each product is off by 2^-8 of its terms at most; gradients of 30 steps add up many of them.
TEST(BiLstmLayer, Bfloat16IsNearFloat32ForwardAndBackward) {
  for (const Case& c : kCases) {
    const Problem problem = make_problem(c, at::kFloat);
    const at::Tensor want = run(problem);
    at::Tensor got;
    {
      const kernel::ScopedProductPrecision precision(kernel::Arithmetic::kBFloat16);
      got = run(problem);
    }
    const double largest = (got - want).abs().max().item<double>();
    EXPECT_LE(largest, 0.03);
    EXPECT_GT(largest, 1e-5) << "nothing was rounded";
    const auto got_gradients =
        torch::autograd::grad({(got * problem.above).sum()}, problem.leaves());
    const auto want_gradients =
        torch::autograd::grad({(want * problem.above).sum()}, problem.leaves());
    for (size_t i = 0; i < got_gradients.size(); ++i)
      EXPECT_LE((got_gradients[i] - want_gradients[i]).norm().item<double>(),
                0.02 * want_gradients[i].norm().item<double>())
          << "leaf " << i << " hidden " << c.hidden;
  }
}

class BiLstmLayerPrecision : public ::testing::TestWithParam<kernel::Arithmetic> {};

INSTANTIATE_TEST_SUITE_P(Products, BiLstmLayerPrecision,
                         ::testing::Values(kernel::Arithmetic::kFloat32,
                                           kernel::Arithmetic::kBFloat16));

TEST_P(BiLstmLayerPrecision, BitsDoNotDependOnThreads) {
  const kernel::ScopedProductPrecision precision(GetParam());
  const int threads = thread_count();
  std::vector<std::vector<at::Tensor>> results;
  for (const int count : {1, 2, 5}) {
    set_thread_count(count);
    const Problem problem = make_problem({{30, 12, 25, 1, 17, 29, 30, 8}, 3, 20, 40}, at::kFloat);
    const at::Tensor output = run(problem);
    results.push_back(torch::autograd::grad({(output * problem.above).sum()}, problem.leaves()));
    results.back().push_back(output);
  }
  set_thread_count(threads);
  for (size_t i = 0; i < results[0].size(); ++i) {
    EXPECT_TRUE(results[0][i].equal(results[1][i])) << i;
    EXPECT_TRUE(results[0][i].equal(results[2][i])) << i;
  }
}

TEST(BiLstmLayer, AFrozenInputGetsNoGradient) {
  Problem problem = make_problem(kCases[2], at::kFloat);
  problem.input = problem.input.detach();
  (run(problem) * problem.above).sum().backward();
  EXPECT_FALSE(problem.input.grad().defined());
  EXPECT_TRUE(problem.weights[0].grad().defined());
}

TEST(BiLstmLayer, WrongShapesAreNamed) {
  Problem problem = make_problem(kCases[1], at::kFloat);
  problem.weights[5] = at::zeros({32, 7});
  try {
    run(problem);
    FAIL() << "no error";
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "bilstm_layer: weight_ih must be [28, 8], got [32, 8]");
  }
}

}  // namespace
}  // namespace limbeck::nlp
