#include "verify/certify/radius_search.h"

#include <gtest/gtest.h>
#include <torch/nn/functional/normalization.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <chrono>
#include <csignal>
#include <limits>
#include <thread>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "tests/support/error_message.h"
#include "verify/bound/soundness_error.h"
#include "verify/certify/radius_attack.h"
#include "verify/region/word_balls.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {
namespace {

TEST(RadiusSearch, IsTheDistanceToTheBoundaryOfALinearClassifier) {
  torch::manual_seed(16);
  const at::Tensor w = torch::randn({2, 6}, at::kDouble),
                   center = torch::randn({4, 6}, at::kDouble);
  const Graph graph =
      trace_graph([=](const at::Tensor& x) { return at::linear(x, w); }, center.narrow(0, 0, 1));
  const at::Tensor logits = evaluate(graph, center), label = logits.argmax(1);
  at::Tensor rows = torch::zeros({1, 4, 2}, at::kDouble);
  for (int64_t b = 0; b < 4; ++b) {
    rows[0][b][label[b].item<int64_t>()] = 1;
    rows[0][b][1 - label[b].item<int64_t>()] = -1;
  }
  const at::Tensor chosen = torch::tensor({{0, 1, 2}, {3, 4, 5}, {0, 2, 4}, {1, 3, 5}});
  const at::Tensor direction = (w[0] - w[1]).unsqueeze(0).expand({4, 6}).gather(1, chosen);
  for (const double p : {1.0, 2.0, std::numeric_limits<double>::infinity()}) {
    const std::vector<Radius> radii =
        search_radii(graph, center, chosen, rows, {.norm = p, .tolerance = 1e-4});
    for (int64_t b = 0; b < 4; ++b) {
      const double margin = (logits[b][0] - logits[b][1]).abs().item<double>();
      const double dual = p == 1   ? direction[b].abs().max().item<double>()
                          : p == 2 ? direction[b].norm().item<double>()
                                   : direction[b].abs().sum().item<double>();
      EXPECT_LE(radii[static_cast<size_t>(b)].certified, margin / dual);
      EXPECT_GT(radii[static_cast<size_t>(b)].certified, margin / dual * (1 - 1e-3));
      EXPECT_GE(radii[static_cast<size_t>(b)].refused, margin / dual);
    }
  }
}

TEST(RadiusSearch, StaysBelowWhatAnAttackReaches) {
  torch::manual_seed(17);
  const at::Tensor a = torch::randn({8, 4}, at::kDouble), b = torch::randn({2, 8}, at::kDouble),
                   center = torch::randn({1, 4}, at::kDouble);
  const Graph graph = trace_graph(
      [=](const at::Tensor& x) { return at::linear(at::linear(x, a).tanh(), b); }, center);
  const at::Tensor logits = evaluate(graph, center);
  const double sign = logits[0][0].item<double>() > logits[0][1].item<double>() ? 1 : -1;
  const at::Tensor rows = torch::tensor({{{sign, -sign}}}, at::kDouble);
  const Radius radius =
      search_radii(graph, center, torch::arange(4).unsqueeze(0), rows, {.norm = 2}).front();
  const at::Tensor z = torch::nn::functional::normalize(torch::randn({4000, 4}, at::kDouble));
  const at::Tensor y = evaluate(graph, center + radius.certified * z);
  EXPECT_GT((sign * (y.select(1, 0) - y.select(1, 1))).min().item<double>(), 0);
  EXPECT_GT(radius.certified, 0);
}

TEST(RadiusSearch, AWrongAnswerHasNoRadius) {
  const Graph graph =
      trace_graph([](const at::Tensor& x) { return x * 1.0; }, torch::zeros({1, 2}, at::kDouble));
  const at::Tensor center = torch::tensor({{0.0, 1.0}}, at::kDouble),
                   rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);
  EXPECT_EQ(search_radii(graph, center, torch::arange(2).unsqueeze(0), rows, {}).front().certified,
            0);
}

TEST(RadiusSearch, EndsWhereNothingChangesTheAnswer) {
  // The margin of the first does not depend on x, that of the second hardly does.
  for (const double share : {0.0, 1e-12}) {
    const Graph graph = trace_graph(
        [=](const at::Tensor& x) {
          return x * share + torch::tensor({1.0, 0.0}, at::kDouble);
        },
        torch::zeros({1, 2}, at::kDouble));
    const at::Tensor rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);
    const Radius radius = search_radii(graph, torch::zeros({1, 2}, at::kDouble),
                                       torch::arange(2).unsqueeze(0), rows, {})
                              .front();
    EXPECT_GT(radius.certified, 1e9);
    EXPECT_LT(radius.certified, 1.1e9);
    EXPECT_EQ(radius.refused, std::numeric_limits<double>::infinity());
  }
}

/// A tanh network of 3 words of width 2, right for its own answer.
struct SmallNet {
  at::Tensor a = torch::randn({8, 6}, at::kDouble), b = torch::randn({2, 8}, at::kDouble);
  at::Tensor center = torch::randn({1, 3, 2}, at::kDouble), rows;
  Graph graph = trace_graph(
      [this](const at::Tensor& x) { return at::linear(at::linear(x.flatten(1), a).tanh(), b); },
      center);

  SmallNet() {
    const at::Tensor y = evaluate(graph, center);
    const double sign = y[0][0].item<double>() > y[0][1].item<double>() ? 1 : -1;
    rows = torch::tensor({{{sign, -sign}}}, at::kDouble);
  }

  GrowingRegion balls(double norm, int64_t budget) const {
    const at::Tensor words = torch::arange(3).unsqueeze(0), middle = center;
    return [=](const at::Tensor& index, const at::Tensor& radius) -> std::unique_ptr<Region> {
      return std::make_unique<WordBalls>(middle.index_select(0, index).to(radius.scalar_type()),
                                         words.index_select(0, index), radius, norm, budget);
    };
  }
};

TEST(RadiusSearch, MoreWordsAtOnceHaveSmallerRadiiThanFewer) {
  torch::manual_seed(18);
  const SmallNet net;
  for (const double norm : {1.0, 2.0, std::numeric_limits<double>::infinity()}) {
    double last = std::numeric_limits<double>::infinity();
    for (const int64_t budget : {1, 2, 3}) {
      const Radius radius =
          search_radii(net.graph, net.balls(norm, budget), 1, net.rows, {.tolerance = 1e-4})
              .front();
      EXPECT_GT(radius.certified, 0);
      EXPECT_LE(radius.certified, last * (1 + 1e-3)) << norm << ", " << budget;
      last = radius.certified;
    }
  }
}

TEST(RadiusAttack, FindsACounterexampleAboveEveryCertifiedRadius) {
  torch::manual_seed(19);
  int64_t found = 0;
  for (int trial = 0; trial < 10; ++trial) {
    const SmallNet net;
    for (const int64_t budget : {1, 3}) {
      const GrowingRegion balls = net.balls(2, budget);
      std::vector<Radius> radii = search_radii(net.graph, balls, 1, net.rows, {});
      attack_radii(net.graph, balls, net.rows, radii);
      EXPECT_GT(radii[0].flipped, radii[0].certified);
      found += std::isfinite(radii[0].flipped);
    }
  }
  EXPECT_GT(found, 10);
}

// The boundary of a linear classifier is known: the attack meets it.
TEST(RadiusAttack, MeetsTheBoundaryOfALinearClassifier) {
  torch::manual_seed(20);
  const at::Tensor w = torch::randn({2, 6}, at::kDouble),
                   center = torch::randn({1, 6}, at::kDouble);
  const Graph graph = trace_graph([=](const at::Tensor& x) { return at::linear(x, w); }, center);
  const at::Tensor difference = w[0] - w[1];
  const double margin = (center[0] * difference).sum().item<double>();
  const double sign = margin > 0 ? 1 : -1;
  const at::Tensor rows = torch::tensor({{{sign, -sign}}}, at::kDouble);
  const GrowingRegion balls = growing_lp_balls(center, torch::arange(6).unsqueeze(0), 2);
  std::vector<Radius> radii = {{.certified = 1e-3}};
  attack_radii(graph, balls, rows, radii, {.tolerance = 1e-4});
  const double exact = std::abs(margin) / difference.norm().item<double>();
  EXPECT_GE(radii[0].flipped, exact);
  EXPECT_LT(radii[0].flipped, exact * (1 + 1e-3));
  radii = {{.certified = exact * 1.01}};
  EXPECT_EQ(test::error_message<SoundnessError>([&] { attack_radii(graph, balls, rows, radii); }),
            "certified radius " + std::to_string(exact * 1.01) +
                " of item 0: an input inside has another answer");
}

TEST(RadiusSearch, ATimeLimitKeepsTheBracketSoFar) {
  const SmallNet net;
  const Radius radius =
      search_radii(net.graph, net.balls(2, 1), 1, net.rows, {.time_limit_s = 1e-9}).front();
  EXPECT_TRUE(radius.is_late);
  EXPECT_EQ(radius.certified, 0);
}

TEST(RadiusSearch, WhatWasFoundBeforeATimeLimitIsProvedAfterIt) {
  const SmallNet net;
  const GrowingRegion balls = net.balls(2, 1);
  const GrowingRegion slow = [&](const at::Tensor& index, const at::Tensor& radius) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return balls(index, radius);
  };
  const Radius radius =
      search_radii(net.graph, slow, 1, net.rows,
                   {.first = 1e-6, .tolerance = 1e-12, .method = "crown-ibp", .time_limit_s = 0.4})
          .front();
  EXPECT_TRUE(radius.is_late);
  EXPECT_GE(radius.certified, 1e-6);
}

TEST(RadiusSearch, ASignalEndsItOnlyWhereThatIsAskedFor) {
  const SmallNet net;
  set_interrupt_signal(SIGINT);
  EXPECT_GT(search_radii(net.graph, net.balls(2, 1), 1, net.rows, {}).front().certified, 0);
  EXPECT_EQ(test::error_message<Interrupted>([&] {
              search_radii(net.graph, net.balls(2, 1), 1, net.rows,
                           {.bound = {.stops_on_signal = true}});
            }),
            "interrupted; nothing half-written is left");
  set_interrupt_signal(0);
}

// exp(1000 x) overflows from x = 0.71 on; the first radius tried is beyond it.
TEST(RadiusSearch, ARadiusThatOverflowsExpIsRefusedAndASmallerOneFound) {
  const Graph graph = trace_graph(
      [](const at::Tensor& x) {
        const at::Tensor y = (x * 1000).exp();
        return at::cat({y * 0 + 2, y}, 1);
      },
      torch::zeros({1, 1}, at::kDouble));
  const at::Tensor center = torch::zeros({1, 1}, at::kDouble),
                   chosen = torch::zeros({1, 1}, at::kLong),
                   rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);
  for (const BoundMethod& method : bound_methods()) {
    const Radius radius =
        search_radii(graph, center, chosen, rows, {.first = 5, .method = method.name}).front();
    EXPECT_GT(radius.certified, 1e-5) << method.name;
    EXPECT_LE(radius.certified, std::log(2.0) / 1000) << method.name;
  }
}

TEST(RadiusSearch, WhatIsUnboundedAtEveryRadiusIsNamed) {
  const Graph graph = trace_graph(
      [](const at::Tensor& x) {
        return at::cat({x.square().reciprocal(), x * 0}, 1);
      },
      torch::ones({1, 1}, at::kDouble));
  const at::Tensor center = torch::zeros({1, 1}, at::kDouble),
                   chosen = torch::zeros({1, 1}, at::kLong),
                   rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);
  const Radius radius =
      search_radii(graph, center, chosen, rows, {.max_steps = 1, .method = "crown-ibp"}).front();
  EXPECT_EQ(radius.certified, 0);
  EXPECT_EQ(radius.reason,
            "aten::reciprocal #2 (reciprocal) is unbounded; its input lies in [0, 0.0001]");
}

TEST(RadiusSearch, ASmallMemoryBoundsFewerBallsTogetherAndFindsTheSame) {
  torch::manual_seed(27);
  const SmallNet net;
  const at::Tensor centers = net.center + 0.1 * torch::randn({5, 3, 2}, at::kDouble),
                   chosen = torch::arange(6).expand({5, 6});
  const std::vector<Radius> wide = search_radii(net.graph, centers, chosen, net.rows, {});
  const std::vector<Radius> narrow =  // 192 numbers of 8 bytes in 6 coordinates: one ball
      search_radii(net.graph, centers, chosen, net.rows, {.bound = {.memory_bytes = 10000}});
  for (size_t b = 0; b < 5; ++b) {
    EXPECT_EQ(wide[b].certified, narrow[b].certified);
    EXPECT_EQ(wide[b].refused, narrow[b].refused);
  }
}

// (x + 1e8) - 1e8 is x in float64 and a multiple of 8 in float32, which sees no change below 4.
TEST(RadiusSearch, WhatFloat32FindsIsProvedInFloat64) {
  const Graph graph = trace_graph(
      [](const at::Tensor& x) {
        const at::Tensor y = (x.relu() + 1e8).relu() - 1e8;
        return at::cat({y * 0 + 1, y}, 1);
      },
      torch::zeros({1, 1}, at::kDouble));
  const at::Tensor center = torch::zeros({1, 1}, at::kDouble),
                   chosen = torch::zeros({1, 1}, at::kLong),
                   rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);
  ASSERT_GT(search_radii(graph.to(at::kFloat), center.to(at::kFloat), chosen, rows.to(at::kFloat),
                         {.method = "ibp"})
                .front()
                .certified,
            2)
      << "float32 errs no more here: choose a harder case";
  const Radius radius = search_radii(graph, center, chosen, rows, {.method = "ibp"}).front();
  EXPECT_LE(radius.certified, 1);
  EXPECT_GT(radius.certified, 0.98);
}

TEST(RadiusSearch, AutoTakesZonotopesWhereTheyFit) {
  const SmallNet net;
  const auto name = [&](int64_t memory) {
    return radius_method(net.graph, net.balls(2, 1), {.bound = {.memory_bytes = memory}}).name;
  };
  EXPECT_EQ(name(int64_t{1} << 30), "zonotope+backward");
  EXPECT_EQ(name(4096), "forward+backward");
}

TEST(RadiusSearch, NotEvenOneRowInTheMemoryIsSaid) {
  const SmallNet net;
  EXPECT_EQ(test::error_message<UnsupportedError>([&] {
              search_radii(net.graph, net.balls(2, 1), 1, net.rows,
                           {.method = "crown-ibp", .bound = {.memory_bytes = 256}});
            }),
            "--mem-limit: expected at least 0.0007935 MiB, what one row takes at aten::linear #6 "
            "(linear), got 0.0002441 MiB");
}

TEST(RadiusSearch, NotEvenTheFormsOfOneBallInTheMemoryIsSaid) {
  const SmallNet net;
  EXPECT_EQ(test::error_message<UnsupportedError>([&] {
              search_radii(net.graph, net.balls(2, 1), 1, net.rows,
                           {.bound = {.memory_bytes = 2048}});
            }),
            "--mem-limit: expected at least 0.005127 MiB, what forward bounds in 6 coordinates "
            "take at aten::tanh #7 (tanh), got 0.001953 MiB");
}

}  // namespace
}  // namespace limbeck::verify
