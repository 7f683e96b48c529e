#include "verify/certify/sentence_verifier.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <csignal>
#include <limits>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "tests/support/error_message.h"
#include "verify/bound/soundness_error.h"
#include "verify/certify/method_comparison.h"

namespace limbeck::verify {
namespace {

const std::vector<std::string> kWords = {"[PAD]", "[UNK]", "[CLS]", "[SEP]",
                                         "good",  "nice",  "bad",   "film"};

/// The mean of the words is what `function` maps to two logits; embeddings of width 2 are fixed.
SentenceModel model_of(const TensorFunction& function) {
  const at::Tensor table = torch::tensor({{0.0, 0.0},
                                          {0.0, 0.0},
                                          {0.1, 0.0},
                                          {0.0, 0.1},
                                          {2.0, 0.5},
                                          {1.8, 0.4},
                                          {-2.0, 0.3},
                                          {0.1, 0.9}},
                                         at::kDouble);
  return SentenceModel(
      WordModel(kWords, table, [function](const at::Tensor& x) { return function(x.mean(1)); }));
}

/// logit 1 - logit 0 grows with the first coordinate of the mean.
at::Tensor tanh_net(const at::Tensor& mean) {
  static const at::Tensor w = torch::tensor({{-1.0, 0.2}, {1.0, -0.2}}, at::kDouble);
  return at::linear(mean, w).tanh();
}

std::vector<NumberedSentence> sentences(const std::vector<CandidateSentence>& all) {
  std::vector<NumberedSentence> items;
  for (size_t i = 0; i < all.size(); ++i) items.push_back({static_cast<int64_t>(i), all[i]});
  return items;
}

const std::vector<NumberedSentence>& five() {
  static const std::vector<NumberedSentence> items =
      sentences({{"good film", 1, {{"nice"}, {}}},
                 {"good film", 1, {{"bad"}, {}}},
                 {"Nice good film", 1, {{}, {"nice"}, {}}},
                 {"bad film", 1, {{"good"}, {}}},
                 {"film", 1, {{"good"}}}});
  return items;
}

TEST(SentenceVerifier, ACounterexampleIsGivenInWords) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of(tanh_net);
  CertifyOptions options;
  options.budget = 1;
  SentenceVerifier verifier(options, model);
  const auto lines = verifier.lines(five());
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0]["state"], "certified");
  EXPECT_GT(lines[0]["margin_proved"], 0.0);
  EXPECT_EQ(lines[1]["state"], "falsified");
  EXPECT_EQ(lines[1]["replaced"].dump(), R"([{"position":1,"word":"good","by":"bad"}])");
  EXPECT_EQ(lines[3]["state"], "falsified");
  EXPECT_EQ(lines[3]["decided_by"], "original");
  EXPECT_EQ(lines[3]["replaced"], nlohmann::json::array());
}

// The graph says that the answer changes, the network itself does not.
TEST(SentenceVerifier, ACounterexampleThatTheNetworkDoesNotConfirmIsUnknown) {
  const at::NoGradGuard no_gradient;
  int calls = 0;  // the function is traced first, then run
  SentenceModel model = model_of(
      [&calls](const at::Tensor& mean) { return ++calls > 3 ? -tanh_net(mean) : tanh_net(mean); });
  model.model().graph(1), model.model().graph(4), model.model().graph(3);
  calls = 10;
  CertifyOptions options;
  options.budget = 1;
  SentenceVerifier verifier(options, model);
  const auto items = sentences({{"good film", 0, {{}, {}}}});
  const auto right = verifier.lines(items);
  EXPECT_EQ(right[0]["state"], "unknown") << right[0];
  EXPECT_EQ(right[0]["decided_by"], "replay");
}

TEST(SentenceVerifier, RadiiHaveBothEndsAndAnAttackAboveThem) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of(tanh_net);
  for (const char* positions : {"one", "all", "2", "3"}) {
    CertifyOptions options;
    options.positions = positions;
    SentenceVerifier verifier(options, model);
    const auto line = verifier.lines(std::span(five()).subspan(2, 1)).front();
    EXPECT_EQ(line["state"], "certified") << line;
    EXPECT_EQ(line["words"].size(), std::string(positions) == "one" ? 3u : 1u);
    for (const auto& word : line["words"]) {
      EXPECT_GT(word["radius"], 0.0);
      EXPECT_GT(word["refused"], word["radius"]);
      EXPECT_GT(word["flipped"], word["radius"]);
      EXPECT_EQ(word.contains("word"), std::string(positions) == "one");
    }
  }
}

TEST(SentenceVerifier, MoreWordsThanTheSentenceHasAreAllOfThem) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of(tanh_net);
  std::vector<double> radii;
  for (const char* positions : {"3", "7"}) {
    CertifyOptions options;
    options.positions = positions;
    SentenceVerifier verifier(options, model);
    radii.push_back(verifier.lines(std::span(five()).subspan(2, 1)).front()["words"][0]["radius"]);
  }
  EXPECT_EQ(radii[0], radii[1]);
}

TEST(SentenceVerifier, AWrongAnswerIsFalsifiedAsItStands) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of(tanh_net);
  CertifyOptions options;
  options.explain = true;
  SentenceVerifier verifier(options, model);
  const auto line = verifier.lines(std::span(five()).subspan(3, 1)).front();
  EXPECT_EQ(line["state"], "falsified");
  EXPECT_EQ(line["decided_by"], "original");
  EXPECT_EQ(line["words"][0]["radius"], 0.0);
  EXPECT_TRUE(line["explain"].is_null());
}

TEST(SentenceVerifier, ATimeLimitIsAState) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of(tanh_net);
  CertifyOptions options;
  options.time_limit = 1e-9;
  SentenceVerifier verifier(options, model);
  EXPECT_EQ(verifier.lines(std::span(five()).subspan(0, 1)).front()["state"], "timeout");
}

TEST(SentenceVerifier, BadSentencesAreErrorsAndTheOthersGoOn) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of(tanh_net);
  const auto items = sentences(
      {{"", 1, {}}, {"  ", 1, {}}, {"unheard of", 1, {}}, {"good film", 2, {}}, {"good", 1, {}}});
  for (const int64_t budget : {0, 1}) {
    CertifyOptions options;
    options.budget = budget;
    SentenceVerifier verifier(options, model);
    const auto lines = verifier.lines(items);
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_EQ(lines[0]["message"], "empty sentence");
    EXPECT_EQ(lines[1]["message"], "empty sentence");
    EXPECT_EQ(lines[2]["message"], "no word of the sentence is in the vocabulary");
    EXPECT_EQ(lines[3]["message"], "label: expected 0 to 1, got 2");
    for (int i = 0; i < 4; ++i) EXPECT_EQ(lines[static_cast<size_t>(i)]["state"], "error");
    EXPECT_EQ(lines[4]["state"], "certified");
  }
}

// 1 / m for m near 0: the interval of the mean contains 0 at any radius that matters.
TEST(SentenceVerifier, AReciprocalOfAnIntervalWithZeroIsUnknownAndNamed) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of([](const at::Tensor& mean) {
    const at::Tensor m = mean.narrow(1, 0, 1);
    return at::cat({m * 0, m.square().reciprocal()}, 1);
  });
  CertifyOptions options;
  options.budget = 1;
  options.method = "ibp";
  SentenceVerifier verifier(options, model);
  const auto lines = verifier.lines(
      sentences({{"good film", 1, {{"bad"}, {}}}, {"good film", 1, {{"nice"}, {}}}}));
  EXPECT_EQ(lines[0]["state"], "unknown");
  EXPECT_TRUE(lines[0]["margin_proved"].is_null());
  EXPECT_GT(lines[0]["margin_seen"], 0.0);
  EXPECT_EQ(lines[0]["unbounded"],
            "aten::reciprocal #13 (reciprocal) is unbounded; its input lies in [0, 0.3025]");
  EXPECT_EQ(lines[1]["state"], "certified");
  EXPECT_FALSE(lines[1].contains("unbounded"));
}

TEST(SentenceVerifier, AnOverflowingExponentialIsUnknownAndNamed) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of([](const at::Tensor& mean) {
    const at::Tensor m = mean.narrow(1, 0, 1) * 2000;
    return at::cat({m * 0 + 1, (-m).exp().neg()}, 1);
  });
  CertifyOptions options;
  options.method = "ibp";
  options.budget = 1;
  SentenceVerifier verifier(options, model);
  const auto line = verifier.lines(sentences({{"good film", 0, {{"bad"}, {}}}})).front();
  EXPECT_EQ(line["state"], "unknown") << line;
  EXPECT_TRUE(line["margin_proved"].is_null());
  EXPECT_EQ(line["unbounded"].get<std::string>().substr(0, 9), "aten::exp");
}

// A row over 40,000 numbers in 8 tensors of doubles takes 2.44 MiB; the short sentence needs 1/4.
TEST(SentenceVerifier, AMemoryLimitTooSmallForOneRowIsAnErrorOfThatSentence) {
  const at::NoGradGuard no_gradient;
  const at::Tensor table = torch::ones({8, 2}, at::kDouble),
                   wide = torch::ones({5000, 2}, at::kDouble) * 1e-4,
                   out = torch::tensor({{0.0}, {1.0}}, at::kDouble);
  SentenceModel model(WordModel(kWords, table, [=](const at::Tensor& x) {
    const at::Tensor y = at::linear(x, wide).relu().sum(std::vector<int64_t>{1, 2}, true);
    return at::linear(y.flatten(1), out);
  }));
  CertifyOptions options;
  options.mem_limit = 2;
  options.method = "crown-ibp";
  SentenceVerifier verifier(options, model);
  const auto lines =
      verifier.lines(sentences({{"good good good good good good", 1, {}}, {"good", 1, {}}}));
  EXPECT_EQ(lines[0]["message"],
            "--mem-limit: expected at least 3.967 MiB, what one row takes at aten::linear #3 "
            "(linear), got 2 MiB");
  EXPECT_EQ(lines[1]["state"], "certified");
}

TEST(SentenceVerifier, ASignalIsNoMatterOfOneItem) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of(tanh_net);
  for (const int64_t budget : {0, 1}) {
    CertifyOptions options;
    options.budget = budget;
    SentenceVerifier verifier(options, model);
    set_interrupt_signal(SIGINT);
    EXPECT_EQ(test::error_message<Interrupted>([&] { verifier.lines(five()); }),
              "interrupted; nothing half-written is left");
    set_interrupt_signal(0);
  }
}

TEST(SentenceVerifier, ExplanationsAddUp) {
  const at::NoGradGuard no_gradient;
  torch::manual_seed(33);
  const at::Tensor w = 2 * torch::randn({6, 2}, at::kDouble), c = torch::randn({2, 6}, at::kDouble);
  SentenceModel model =
      model_of([=](const at::Tensor& mean) { return at::linear(at::linear(mean, w).tanh(), c); });
  const int64_t label = model.model()
                            .logits(torch::tensor({{2, 4, 7, 3}}))
                            .argmax()
                            .item<int64_t>();  // of "good film"
  const auto items = sentences({{"good film", label, {{"bad"}, {"nice", "bad"}}}});
  for (const int64_t budget : {0, 1}) {
    CertifyOptions options;
    options.budget = 2 * budget;
    options.explain = true;
    SentenceVerifier verifier(options, model);
    const auto line = verifier.lines(items).front();
    const auto& explain = line["explain"];
    ASSERT_TRUE(explain.contains("nodes")) << line;
    double sum = explain["others"], shares = 0;
    for (const auto& node : explain["nodes"]) {
      EXPECT_EQ(node["op"], "tanh");
      sum += node["loss"].get<double>(), shares += node["share"].get<double>();
    }
    const double distance = explain["value"].get<double>() - explain["bound"].get<double>();
    EXPECT_NEAR(sum, distance, 2e-5 * std::max(1.0, distance));
    EXPECT_NEAR(shares, 1, 1e-5);
    EXPECT_EQ(explain.contains("radius"), budget == 0);
  }
}

/// At the refused radius the bound is just below zero, if it is that of the search: forward bounds
/// know less of what cancels before the second tanh.
TEST(SentenceVerifier, RadiiAreExplainedByTheMethodThatFoundThem) {
  const at::NoGradGuard no_gradient;
  torch::manual_seed(34);
  const at::Tensor w = 2 * torch::randn({6, 2}, at::kDouble), a = torch::randn({6, 6}, at::kDouble),
                   c = torch::randn({2, 6}, at::kDouble);
  SentenceModel model = model_of([=](const at::Tensor& mean) {
    const at::Tensor h = at::linear(mean, w).tanh();
    return at::linear((at::linear(h, a) - at::linear(h, 0.9 * a)).tanh(), c);
  });
  const int64_t label =
      model.model().logits(torch::tensor({{2, 4, 7, 3}})).argmax().item<int64_t>();
  CertifyOptions options;
  options.explain = true;
  SentenceVerifier verifier(options, model);
  const auto line = verifier.lines(sentences({{"good film", label, {{}, {}}}})).front();
  ASSERT_EQ(line["method"], "zonotope+backward");
  const double bound = line["explain"]["bound"], value = line["explain"]["value"];
  EXPECT_LE(bound, 0);
  EXPECT_GT(bound, -0.03 * value) << line;
}

TEST(MethodComparison, KeepsTheLinesOfItsOwnMethodAndAddsTheOthers) {
  const at::NoGradGuard no_gradient;
  SentenceModel model = model_of(tanh_net);
  for (const int64_t budget : {0, 1}) {
    CertifyOptions options;
    options.budget = budget;
    options.compare = {"ibp", "crown", "auto", "ibp"};
    const std::vector<NumberedSentence> items = five();
    const MethodComparison methods(options, [&](const CertifyOptions& own) -> DecideItems {
      const auto verifier = std::make_shared<SentenceVerifier>(own, model);
      return [verifier, &items](size_t first, size_t count) {
        return verifier->lines(std::span(items).subspan(first, count));
      };
    });
    SentenceVerifier alone(options, model);
    auto lines = methods.lines(0, items.size());
    const auto expected = alone.lines(five());
    ASSERT_EQ(lines.size(), expected.size());
    for (size_t i = 0; i < lines.size(); ++i) {
      const nlohmann::ordered_json compare = lines[i]["compare"];
      lines[i].erase("compare");
      EXPECT_EQ(lines[i].dump(), expected[i].dump());
      ASSERT_EQ(compare.size(), 3u);
      EXPECT_EQ(compare[0]["method"], "auto");
      EXPECT_EQ(compare[1]["method"], "ibp");
      EXPECT_EQ(compare[2]["method"], "crown");
      EXPECT_EQ(compare[0]["state"], lines[i]["state"]);
      for (const auto& entry : compare) {
        EXPECT_GE(entry["seconds"], 0.0);
        EXPECT_TRUE(entry.contains(budget == 0 ? "radius" : "margin_proved"));
      }
      if (budget == 0) {
        EXPECT_LE(compare[1]["radius"], compare[2]["radius"]);
      }
    }
  }
}

}  // namespace
}  // namespace limbeck::verify
