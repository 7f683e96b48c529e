#include "nlp/train/optimizer/optimizer.h"

#include <gtest/gtest.h>
#include <torch/optim.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <unistd.h>

#include <filesystem>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/train/optimizer/gradient_norm.h"

namespace limbeck::nlp {
namespace {

/// Sizes around the vector and block lengths, a row-sparse table, and two groups.
std::vector<at::Tensor> random_tensors(uint64_t seed) {
  torch::manual_seed(seed);
  std::vector<at::Tensor> tensors;
  for (const int64_t size : {1, 7, 127, 128, 129, 4096}) tensors.push_back(torch::randn({size}));
  tensors.push_back(torch::randn({500, 48}));
  return tensors;
}

std::vector<Parameter> parameters_of(const std::vector<at::Tensor>& values) {
  std::vector<Parameter> parameters;
  for (size_t i = 0; i < values.size(); ++i)
    parameters.push_back({std::string("p").append(std::to_string(i)),
                          values[i].clone().set_requires_grad(true), i % 2 == 0 ? 1.0 : 0.3,
                          i % 3 != 0});
  return parameters;
}

/// Gradients of step `step`: the table's rows are mostly zero, one tensor has none at odd steps.
std::vector<at::Tensor> gradients_of(const std::vector<at::Tensor>& values, int64_t step) {
  torch::manual_seed(1000 + static_cast<uint64_t>(step));
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& value : values) gradients.push_back(torch::randn_like(value) * 0.1);
  gradients.back().mul_((torch::rand({500, 1}) < 0.02).to(torch::kFloat));
  if (step % 2 == 1) gradients[1] = at::Tensor();
  return gradients;
}

/// Largest |got - want| / max(way, |want|): a weight that passes zero keeps the rounding of its way
/// there.
double worst_relative(const at::Tensor& got, const at::Tensor& want, double way) {
  return ((got - want).abs() / want.abs().clamp_min(way)).max().item<double>();
}

template <class TorchOptimizer, class TorchOptions>
double worst_against_torch(
    const OptimizerOptions& options, double rate, double scale,
    const std::function<TorchOptions(double rate, bool decay)>& group_options) {
  const std::vector<at::Tensor> values = random_tensors(3);
  std::vector<Parameter> ours = parameters_of(values), theirs = parameters_of(values);
  const auto optimizer = make_optimizer(options, ours);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  for (const Parameter& p : theirs)
    groups.emplace_back(
        std::vector<at::Tensor>{p.tensor},
        std::make_unique<TorchOptions>(group_options(rate * p.lr_multiplier, p.decay)));
  TorchOptimizer reference(groups, group_options(rate, true));
  double worst = 0;
  for (int64_t step = 0; step < 40; ++step) {
    const std::vector<at::Tensor> gradients = gradients_of(values, step);
    for (size_t i = 0; i < ours.size(); ++i) {
      ours[i].tensor.mutable_grad() = gradients[i];
      theirs[i].tensor.mutable_grad() =
          gradients[i].defined() ? gradients[i] * scale : at::Tensor();
    }
    optimizer->step(rate, scale);
    reference.step();
    for (size_t i = 0; i < ours.size(); ++i)
      worst = std::max(
          worst, worst_relative(ours[i].tensor.detach(), theirs[i].tensor.detach(), 40 * rate));
  }
  return worst;
}

// Both are float32 and round to 6e-8 a step, in different places.
constexpr double kTolerance = 1e-6;

TEST(AdamW, EqualsTorchOnGroupsSparseRowsAndAbsentGradients) {
  OptimizerOptions options;
  options.weight_decay = 0.05;
  EXPECT_LE((worst_against_torch<torch::optim::AdamW, torch::optim::AdamWOptions>(
                options, 1e-3, 0.7,
                [](double rate, bool decay) {
                  return torch::optim::AdamWOptions(rate).weight_decay(decay ? 0.05 : 0.0);
                })),
            kTolerance);
}

TEST(AdamW, WithoutDecayEqualsTorchAdam) {
  EXPECT_LE((worst_against_torch<torch::optim::Adam, torch::optim::AdamOptions>(
                OptimizerOptions(), 2e-3, 1.0,
                [](double rate, bool) { return torch::optim::AdamOptions(rate); })),
            kTolerance);
}

TEST(Sgd, EqualsTorchWithMomentum) {
  OptimizerOptions options;
  options.optimizer = "sgd";
  EXPECT_LE((worst_against_torch<torch::optim::SGD, torch::optim::SGDOptions>(
                options, 1e-2, 0.5,
                [](double rate, bool) { return torch::optim::SGDOptions(rate).momentum(0.9); })),
            kTolerance);
}

TEST(Sgd, RemovesTheDecayedShare) {
  OptimizerOptions options;
  options.optimizer = "sgd";
  options.weight_decay = 0.5;
  std::vector<Parameter> parameters = {{"w", torch::full({3}, 2.0f).set_requires_grad(true)}};
  const auto optimizer = make_optimizer(options, parameters);
  parameters[0].tensor.mutable_grad() = torch::full({3}, 1.0f);
  optimizer->step(0.1);  // 2 (1 - 0.1 * 0.5) - 0.1 * 1
  EXPECT_TRUE(torch::allclose(parameters[0].tensor, torch::full({3}, 1.8f), 0, 1e-6));
}

TEST(Adadelta, TakesThePapersFirstSteps) {
  OptimizerOptions options;
  options.optimizer = "adadelta";
  options.epsilon = 1e-6;
  options.rho = 0.95;
  std::vector<Parameter> parameters = {{"w", torch::full({1}, 1.0f).set_requires_grad(true)}};
  const auto optimizer = make_optimizer(options, parameters);
  double square = 0, moved = 0, want = 1;  // algorithm 1 in float64
  for (const double g : {0.5, -0.25, 0.125}) {
    parameters[0].tensor.mutable_grad() = torch::full({1}, static_cast<float>(g));
    optimizer->step(1.0);
    square = 0.95 * square + 0.05 * g * g;
    const double delta = std::sqrt(moved + 1e-6) / std::sqrt(square + 1e-6) * g;
    moved = 0.95 * moved + 0.05 * delta * delta;
    want -= delta;
    EXPECT_NEAR(parameters[0].tensor.item<double>(), want, 1e-6);
  }
}

TEST(MovingAverage, FollowsTheWeightsWithAGrowingMemory) {
  OptimizerOptions options;
  options.optimizer = "sgd";
  options.momentum = 0;
  options.ema_decay = 0.25;
  std::vector<Parameter> parameters = {{"w", torch::full({2}, 1.0f).set_requires_grad(true)},
                                       {"idle", torch::full({1}, 7.0f).set_requires_grad(true)}};
  const auto optimizer = make_optimizer(options, parameters);
  double weight = 1, average = 1;
  for (const double decay : {2.0 / 11, 3.0 / 12, 0.25}) {
    parameters[0].tensor.mutable_grad() = torch::full({2}, 1.0f);
    optimizer->step(0.1);
    weight -= 0.1;
    average = decay * average + (1 - decay) * weight;
  }
  optimizer->exchange_average();
  EXPECT_NEAR(parameters[0].tensor[1].item<double>(), average, 1e-6);
  EXPECT_EQ(parameters[1].tensor.item<double>(), 7);
  optimizer->exchange_average();
  EXPECT_NEAR(parameters[0].tensor[1].item<double>(), weight, 1e-6);
}

TEST(MovingAverage, IsOneMoreTensorOfTheState) {
  OptimizerOptions options;
  options.ema_decay = 0.9;
  std::vector<Parameter> parameters = parameters_of(random_tensors(3));
  const size_t without = make_optimizer(OptimizerOptions(), parameters)->slots().size();
  const auto slots = make_optimizer(options, parameters)->slots();
  EXPECT_EQ(slots.size(), without / 2 * 3);
  EXPECT_EQ(slots[2].name, "average/" + parameters[0].name);
  options.ema_decay = 1;
  EXPECT_THROW(options.validate(), ConfigError);
}

class EveryRule : public ::testing::TestWithParam<std::string> {};

std::vector<at::Tensor> trained(const std::string& rule, int threads) {
  const int before = thread_count();
  set_thread_count(threads);
  const std::vector<at::Tensor> values = random_tensors(5);
  std::vector<Parameter> parameters = parameters_of(values);
  OptimizerOptions options;
  options.optimizer = rule;
  const auto optimizer = make_optimizer(options, parameters);
  for (int64_t step = 0; step < 10; ++step) {
    const std::vector<at::Tensor> gradients = gradients_of(values, step);
    for (size_t i = 0; i < parameters.size(); ++i)
      parameters[i].tensor.mutable_grad() = gradients[i];
    optimizer->step(0.01, clip_factor(gradient_norm(parameters), 1.0));
  }
  set_thread_count(before);
  std::vector<at::Tensor> result;
  for (const Parameter& parameter : parameters) result.push_back(parameter.tensor.detach());
  return result;
}

TEST_P(EveryRule, GivesTheSameBitsWithAnyNumberOfThreads) {
  const std::vector<at::Tensor> one = trained(GetParam(), 1);
  for (const int threads : {2, 3, 5}) {
    const std::vector<at::Tensor> many = trained(GetParam(), threads);
    for (size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(torch::equal(one[i], many[i])) << i;
  }
}

TEST_P(EveryRule, ContinuesExactlyFromItsFile) {
  const std::vector<at::Tensor> values = random_tensors(7);
  std::vector<Parameter> whole = parameters_of(values), resumed;
  OptimizerOptions options;
  options.optimizer = GetParam();
  options.weight_decay = 0.01;
  auto optimizer = make_optimizer(options, whole);
  const auto file = std::filesystem::temp_directory_path() /
                    ("limbeck-optimizer-" + std::to_string(::getpid()) + ".safetensors");
  std::unique_ptr<Optimizer> second;
  for (int64_t step = 0; step < 12; ++step) {
    if (step == 6) {
      optimizer->save(file);
      for (const Parameter& p : whole)
        resumed.push_back(
            {p.name, p.tensor.detach().clone().set_requires_grad(true), p.lr_multiplier, p.decay});
      second = make_optimizer(options, resumed);
      second->load(file);
    }
    const std::vector<at::Tensor> gradients = gradients_of(values, step);
    for (size_t i = 0; i < whole.size(); ++i) {
      whole[i].tensor.mutable_grad() = gradients[i];
      if (second) resumed[i].tensor.mutable_grad() = gradients[i];
    }
    optimizer->step(0.01);
    if (second) second->step(0.01);
  }
  std::filesystem::remove(file);
  for (size_t i = 0; i < whole.size(); ++i)
    EXPECT_TRUE(torch::equal(whole[i].tensor, resumed[i].tensor)) << whole[i].name;
  for (size_t s = 0; s < optimizer->slots().size(); ++s)
    EXPECT_TRUE(torch::equal(optimizer->slots()[s].tensor, second->slots()[s].tensor));
}

INSTANTIATE_TEST_SUITE_P(Rules, EveryRule, ::testing::Values("adamw", "sgd", "adadelta"),
                         [](const auto& info) { return info.param; });

TEST(AdamW, LeavesNoSubnormalAverages) {
  std::vector<Parameter> parameters = {{"w", torch::zeros({300}).set_requires_grad(true)}};
  const auto optimizer = make_optimizer(OptimizerOptions(), parameters);
  for (int64_t step = 0; step < 1200; ++step) {
    parameters[0].tensor.mutable_grad() = torch::full({300}, step == 0 ? 1e-3f : 0.0f);
    optimizer->step(1e-3);
  }
  EXPECT_EQ(optimizer->slots()[0].tensor.abs().max().item<float>(),
            0.0f);  // 1e-4 * 0.9^1199 < 1e-38
}

TEST(AdamW, TakesSparseGradientsAsDenseOnes) {
  const at::Tensor start = torch::randn({50, 8});
  std::vector<Parameter> dense = {{"w", start.clone().set_requires_grad(true)}};
  std::vector<Parameter> sparse = {{"w", start.clone().set_requires_grad(true)}};
  const auto a = make_optimizer(OptimizerOptions(), dense),
             b = make_optimizer(OptimizerOptions(), sparse);
  const at::Tensor ids = torch::tensor({3, 7, 3, 49}), weights = torch::randn({4, 8});
  for (int step = 0; step < 3; ++step) {
    clear_gradients(dense);
    clear_gradients(sparse);
    (torch::embedding(dense[0].tensor, ids + step % 1, -1, false, false) * weights)
        .sum()
        .backward();
    (torch::embedding(sparse[0].tensor, ids + step % 1, -1, false, true) * weights)
        .sum()
        .backward();
    ASSERT_TRUE(sparse[0].tensor.grad().is_sparse());
    EXPECT_DOUBLE_EQ(gradient_norm(dense), gradient_norm(sparse));
    a->step(0.1);
    b->step(0.1);
  }
  EXPECT_TRUE(torch::equal(dense[0].tensor, sparse[0].tensor));
}

TEST(GradientNorm, IsThatOfAllGradientsTogether) {
  std::vector<Parameter> parameters = parameters_of(random_tensors(1));
  double want = 0;
  for (Parameter& p : parameters) {
    p.tensor.mutable_grad() = torch::randn_like(p.tensor);
    want += p.tensor.grad().to(torch::kDouble).square().sum().item<double>();
  }
  EXPECT_NEAR(gradient_norm(parameters), std::sqrt(want), 1e-12 * std::sqrt(want));
  EXPECT_EQ(clip_factor(4.0, 1.0), 0.25);
  EXPECT_EQ(clip_factor(0.5, 1.0), 1.0);
  EXPECT_EQ(clip_factor(4.0, 0.0), 1.0);
}

template <class Call>
std::string message_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "(nothing thrown)";
}

TEST(OptimizerErrors, SayWhatWasExpected) {
  OptimizerOptions options;
  options.optimizer = "lion";
  EXPECT_EQ(message_of([&] { options.validate(); }),
            "optimizer: expected one of adamw, sgd, adadelta; got 'lion'");
  options = {};
  options.beta2 = 1.0;
  EXPECT_EQ(message_of([&] { options.validate(); }), "beta2: expected 0 <= value < 1, got 1");
  const at::Tensor tied = torch::zeros({2}).set_requires_grad(true);
  EXPECT_EQ(message_of([&] {
              make_optimizer({}, {{"a", tied}, {"b", tied}});
            }),
            "parameter 'b': shares its tensor with 'a' (list it once)");
  EXPECT_EQ(message_of([&] {
              make_optimizer({}, {{"a", torch::zeros({2}, torch::kDouble)}});
            }),
            "parameter 'a': expected a contiguous float32 tensor on the CPU");
}

}  // namespace
}  // namespace limbeck::nlp
