#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "verify/certify/margin.h"
#include "verify/certify/radius_search.h"
#include "verify/certify/word_attack.h"
#include "verify/certify/word_verifier.h"

/// Networks that answer alike everywhere but at one place that the test has chosen: what misses it
/// is unsound.
namespace limbeck::verify {
namespace {

constexpr int64_t kWords = 12, kLength = 6;

/// One-hot words. Class 0 has logit 1; class 1 has 2 when each of the planted words stands at its
/// place, else 0, so that no single replacement says anything about the others.
WordModel planted_model(const std::vector<Replacement>& planted) {
  std::vector<std::string> words = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"};
  for (char c = 'a'; c < 'i'; ++c) words.emplace_back(1, c);
  const at::Tensor place = torch::zeros({kLength, kWords}, at::kDouble);
  for (const Replacement& one : planted) place[one.position][one.word] = 1;
  const double least = static_cast<double>(planted.size()) - 1;
  return WordModel(words, torch::eye(kWords, at::kDouble), [=](const at::Tensor& x) {
    const at::Tensor seen = (x * place).sum({1, 2}).unsqueeze(1);
    return at::cat({seen * 0 + 1, (seen - least).relu() * 2}, 1);
  });
}

/// Words 4 to 9, each with three others as candidates.
WordProblem problem(int64_t budget) {
  WordProblem problem;
  problem.budget = budget;
  for (int64_t t = 0; t < kLength; ++t) {
    problem.words.push_back(4 + t);
    problem.candidates.emplace_back();
    for (int64_t k = 1; k <= 3; ++k) problem.candidates.back().push_back(4 + (t + k) % 8);
  }
  return problem;
}

const std::vector<std::vector<Replacement>> kPlanted = {
    {{3, 9}}, {{0, 6}, {5, 4}}, {{1, 7}, {2, 9}, {4, 10}}};

TEST(PlantedCounterexample, OfWordsIsFoundWithTheBudgetThatItNeedsAndNoLess) {
  for (const std::vector<Replacement>& planted : kPlanted)
    for (const char* method : {"crown-ibp", "forward+backward", "ibp"})
      for (const Arithmetic arithmetic : {Arithmetic::kNearest, Arithmetic::kRigorous}) {
        WordModel model = planted_model(planted);
        WordVerifierOptions options;
        options.method = options.tight_method = method;
        options.leaf = 16;
        options.bound.arithmetic = arithmetic;
        const int64_t needed = static_cast<int64_t>(planted.size());
        for (int64_t budget = 0; budget <= 4; ++budget) {
          const WordResult result = WordVerifier(model, options).verify({problem(budget)}).front();
          if (budget < needed) {
            EXPECT_EQ(result.verdict, Verdict::kCertified) << method << " " << needed << budget;
            continue;
          }
          ASSERT_EQ(result.verdict, Verdict::kFalsified) << method << " " << needed << budget;
          EXPECT_LE(
              replayed_margin(model, with_replacements(problem(budget), result.replacements), 0),
              0);
        }
      }
}

// An attack is never below the smallest margin of the set, and each kind finds what it can see.
TEST(PlantedCounterexample, AttacksStayInTheSet) {
  torch::manual_seed(4);
  int64_t found[4] = {};
  for (int trial = 0; trial < 20; ++trial) {
    const at::Tensor weight = torch::randn({2, kLength * kWords}, at::kDouble),
                     mixed = torch::randn({4, kLength * kWords}, at::kDouble) * 0.4;
    std::vector<std::string> words = {"[PAD]", "[UNK]", "[CLS]", "[SEP]"};
    for (char c = 'a'; c < 'i'; ++c) words.emplace_back(1, c);
    const at::Tensor out = torch::randn({2, 4}, at::kDouble);
    WordModel model(words, torch::eye(kWords, at::kDouble), [=](const at::Tensor& x) {
      const at::Tensor flat = x.flatten(1);
      return at::linear(flat, weight) * 0.2 + at::linear(at::linear(flat, mixed).tanh(), out);
    });
    WordProblem set = problem(3);
    set.label = model.logits(torch::tensor(set.words).unsqueeze(0)).argmax().item<int64_t>();
    const double least = margins(model, enumerate_sentences(set), set.label).min().item<double>();
    const std::vector<Replacement> guided = gradient_replacements(model, set, {});
    const Attack attacks[] = {local_search(model, set, {}), local_search(model, set, guided),
                              beam_search(model, set, 4), attack(model, set, {})};
    for (size_t k = 0; k < 4; ++k) {
      const Attack& one = attacks[k];
      EXPECT_LE(one.replacements.size(), 3u);
      EXPECT_NEAR(replayed_margin(model, with_replacements(set, one.replacements), set.label),
                  one.margin, 1e-12);
      EXPECT_GE(one.margin, least - 1e-12);
      found[k] += (one.margin <= 0) == (least <= 0);
    }
    EXPECT_LE(guided.size(), 3u);
  }
  for (size_t k = 0; k < 4; ++k) EXPECT_GE(found[k], 16) << k;
}

/// Class 1 wins only in a small diamond around `place`.
TensorFunction spike(const at::Tensor& place, double sharpness) {
  return [=](const at::Tensor& x) {
    const at::Tensor away = (x - place).abs().sum(1, /*keepdim=*/true);
    return at::cat({away * 0 + 1, (1 - away * sharpness).relu() * 2}, 1);
  };
}

TEST(PlantedCounterexample, NoRadiusReachesIt) {
  torch::manual_seed(8);
  const at::Tensor center = torch::zeros({1, 4}, at::kDouble),
                   rows = torch::tensor({{{1.0, -1.0}}}, at::kDouble);
  for (const double sharpness : {2.0, 20.0})
    for (int trial = 0; trial < 1; ++trial) {
      const at::Tensor place = torch::randn({1, 4}, at::kDouble) + 0.5;
      const Graph graph = trace_graph(spike(place, sharpness), center);
      for (const double norm : {1.0, 2.0, std::numeric_limits<double>::infinity()})
        for (const BoundMethod& method : bound_methods()) {
          RadiusSearchOptions options;
          options.norm = norm;
          options.method = method.name;
          const Radius radius =
              search_radii(graph, center, at::arange(4, at::kLong).unsqueeze(0), rows, options)
                  .front();
          EXPECT_LT(radius.certified, at::linalg_vector_norm(place, norm).item<double>())
              << method.name << " " << norm << " " << sharpness;
          if (method.name == "crown") {
            EXPECT_GT(radius.certified, 0);
          }
        }
    }
}

}  // namespace
}  // namespace limbeck::verify
