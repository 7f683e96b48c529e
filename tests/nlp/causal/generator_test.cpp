#include "nlp/causal/generator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "nlp/causal/perplexity.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "tests/support/error_message.h"

namespace limbeck::nlp {
namespace {

using limbeck::test::error_message;

const CausalModel& tiny(WeightFormat format = WeightFormat::kFloat32) {
  static std::map<WeightFormat, CausalModel> models;
  const auto found = models.find(format);
  if (found != models.end()) return found->second;
  return models
      .try_emplace(format, std::filesystem::path(LIMBECK_SOURCE_DIR) / "tests/golden/causal/llama",
                   format)
      .first->second;
}

const std::vector<GenerationPrompt> kPrompts = {
    {"I am from Italy and", "a"}, {"The market is", "b"}, {"x", "c"}};

using Results = std::map<std::pair<int64_t, int64_t>, std::vector<int32_t>>;

Results produce(const std::vector<GenerationItem>& items, const GenerateOptions& options,
                WeightFormat format = WeightFormat::kFloat32) {
  Results results;
  generate(tiny(format), kPrompts, items, options,
           {[&](const Continuation& done) {
              EXPECT_TRUE(
                  results.emplace(std::pair(done.item.prompt, done.item.index), done.ids).second);
              EXPECT_EQ(done.ended, static_cast<int64_t>(done.ids.size()) < options.max_tokens);
            },
            {},
            {}});
  return results;
}

TEST(Generate, ComputesWhatContinuationsShareOnce) {
  GenerateOptions options;
  options.max_tokens = 6;
  options.batch_size = 4;
  int64_t computed = 0, drawn = 0;
  generate(tiny(), kPrompts, all_items(3, 9), options,
           {[&](const Continuation& done) {
              drawn += static_cast<int64_t>(done.ids.size()) - (done.ended ? 0 : 1);
            },
            {},
            {},
            [&](int64_t tokens) { computed += tokens; }});
  int64_t prompts = 0;
  for (const GenerationPrompt& prompt : kPrompts)
    prompts += static_cast<int64_t>(tiny().prompt_ids(prompt.text).size());
  EXPECT_GT(prompts, 3);
  EXPECT_EQ(computed, prompts + drawn);
}

class GenerateInEveryFormat : public ::testing::TestWithParam<WeightFormat> {};

TEST_P(GenerateInEveryFormat, ResultsDependNeitherOnBatchNorOrderNorThreads) {
  const auto made = [](const std::vector<GenerationItem>& items, const GenerateOptions& options) {
    return produce(items, options, GetParam());
  };
  GenerateOptions options;
  options.max_tokens = 40;
  options.batch_size = 5;
  std::vector<GenerationItem> items = all_items(3, 9);
  const Results expected = made(items, options);
  ASSERT_EQ(expected.size(), 27u);
  EXPECT_NE(expected.at({0, 0}), expected.at({0, 1}));
  for (const int64_t batch : {1, 2, 64}) {
    options.batch_size = batch;
    EXPECT_EQ(made(items, options), expected) << batch;
  }
  std::reverse(items.begin(), items.end());
  set_thread_count(3);
  EXPECT_EQ(made(items, options), expected);
  set_thread_count(available_cpus());
  EXPECT_EQ(made({{1, 4}}, options).at({1, 4}), expected.at({1, 4}));
}

INSTANTIATE_TEST_SUITE_P(Formats, GenerateInEveryFormat,
                         ::testing::Values(WeightFormat::kFloat32, WeightFormat::kBFloat16,
                                           WeightFormat::kInt8, WeightFormat::kStored));

TEST(Generate, ABatchIsWhatOneTokenAfterTheOtherGives) {
  // Greedy, so that only the scores matter: against whole passes without cache or batch.
  GenerateOptions options;
  options.max_tokens = 12;
  options.sampling.temperature = 0;
  for (const auto& [key, ids] : produce(all_items(3, 1), options)) {
    std::vector<int32_t> whole = tiny().prompt_ids(kPrompts[static_cast<size_t>(key.first)].text);
    for (const int32_t id : ids) {
      KeyValueStore store(tiny().config(), static_cast<int64_t>(whole.size()));
      CausalWorkspace workspace;
      const TokenRun run{whole, &store, nullptr, false};
      const CausalStates states = tiny().forward({&run, 1}, workspace);
      const float* logits = tiny().logits(states.rows, 1, workspace);
      EXPECT_EQ(most_probable({logits, static_cast<size_t>(tiny().config().vocabulary_size)}), id);
      whole.push_back(id);
    }
  }
}

TEST(Generate, WrongOptionsAndLongPromptsAreRefused) {
  GenerateOptions options;
  options.max_tokens = 0;
  EXPECT_EQ(error_message<ConfigError>([&] { produce(all_items(1, 1), options); }),
            "max-tokens: expected 1 to 1048576, got 0");
  options.max_tokens = 250;
  EXPECT_EQ(error_message<ConfigError>([&] { produce(all_items(1, 1), options); }).substr(0, 76),
            "prompt 1: expected at most 6 tokens (256 positions, 250 of them to produce),");
  options.max_tokens = 5;
  options.batch_size = 0;
  EXPECT_EQ(error_message<ConfigError>([&] { produce(all_items(1, 1), options); }),
            "batch-size: expected 1 to 4096, got 0");
  options.batch_size = 1;
  options.sampling.top_p = 0;
  EXPECT_EQ(error_message<ConfigError>([&] { produce(all_items(1, 1), options); }),
            "top-p: expected more than 0, at most 1, got 0.0");
}

TEST(Generate, TheSinkMayStopTheWork) {
  int64_t steps = 0;
  GenerationSink sink;
  sink.step = [&] {
    if (++steps == 3) throw DataError("stop");
  };
  EXPECT_EQ(error_message<DataError>(
                [&] { generate(tiny(), kPrompts, all_items(3, 4), GenerateOptions{}, sink); }),
            "stop");
}

TEST(Perplexity, WindowsScoreEveryTokenOnce) {
  const std::vector<int32_t> ids = tiny().prompt_ids(
      "The market is there and they are going home; we have been there many times before.");
  const auto count = static_cast<int64_t>(ids.size());
  ASSERT_GT(count, 30);
  PerplexityOptions options;
  options.context = 10;
  // Without overlap the first token of each window is context only.
  EXPECT_EQ(score_tokens(tiny(), ids, options).tokens, count - (count + 9) / 10);
  options.stride = 3;
  EXPECT_EQ(score_tokens(tiny(), ids, options).tokens, count - 1);
  options = {256, 0};
  const TextScore whole = score_tokens(tiny(), ids, options);
  EXPECT_EQ(whole.tokens, count - 1);
  options.stride = 1;  // one window holds all: nothing is left for a second one
  EXPECT_EQ(score_tokens(tiny(), ids, options).negative_log_likelihood,
            whole.negative_log_likelihood);
  EXPECT_EQ(score_tokens(tiny(), {ids.data(), 1}, options).tokens, 0);
  options.context = 300;
  EXPECT_EQ(error_message<ConfigError>([&] { score_tokens(tiny(), ids, options); }),
            "context: expected 2 to 256, got 300");
}

TEST(Perplexity, IsTheMeanOfTheNegativeLogProbabilities) {
  const std::vector<int32_t> ids = tiny().prompt_ids("The market is there.");
  double sum = 0;
  for (size_t t = 1; t < ids.size(); ++t) {
    KeyValueStore store(tiny().config(), static_cast<int64_t>(t));
    CausalWorkspace workspace;
    const TokenRun run{{ids.data(), t}, &store, nullptr, false};
    const CausalStates states = tiny().forward({&run, 1}, workspace);
    const float* logits = tiny().logits(states.rows, 1, workspace);
    double total = 0;
    for (int64_t v = 0; v < tiny().config().vocabulary_size; ++v)
      total += std::exp(static_cast<double>(logits[v]));
    sum += std::log(total) - static_cast<double>(logits[ids[t]]);
  }
  const TextScore score = score_tokens(tiny(), ids, {256, 0});
  EXPECT_NEAR(score.negative_log_likelihood, sum, 1e-4);
  EXPECT_NEAR(score.perplexity(), std::exp(sum / static_cast<double>(ids.size() - 1)), 1e-3);
}

}  // namespace
}  // namespace limbeck::nlp
