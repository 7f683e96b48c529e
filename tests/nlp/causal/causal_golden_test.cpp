#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nlp/causal/causal_model.h"
#include "nlp/causal/sampling.h"
#include "nlp/tensor/safetensors.h"
#include "nlp/text/bpe_tokenizer.h"
#include "tests/support/shared_data.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/causal";
constexpr const char* kAsset = "SmolLM2-135M-Instruct";

std::vector<float> scores(const CausalModel& model, const std::vector<int32_t>& ids) {
  KeyValueStore store(model.config(), static_cast<int64_t>(ids.size()));
  CausalWorkspace workspace;
  const TokenRun run{ids, &store, nullptr, true};
  const CausalStates states = model.forward({&run, 1}, workspace);
  const float* logits = model.logits(states.rows, states.count, workspace);
  return {logits, logits + states.count * model.config().vocabulary_size};
}

std::vector<int32_t> golden_ids(const TensorStore& golden) {
  const TensorView& tensor = golden.at("ids");
  std::vector<int32_t> ids(static_cast<size_t>(tensor.element_count()));
  std::memcpy(ids.data(), tensor.bytes.data(), tensor.bytes.size());
  return ids;
}

double worst_difference(const std::vector<float>& got, const std::vector<float>& want) {
  EXPECT_EQ(got.size(), want.size());
  double worst = 0;
  for (size_t i = 0; i < std::min(got.size(), want.size()); ++i)
    worst = std::max(worst, std::fabs(static_cast<double>(got[i]) - want[i]));
  return worst;
}

class CausalGolden : public testing::TestWithParam<const char*> {};

TEST_P(CausalGolden, ScoresAreThoseOfTransformers) {
  const CausalModel model(kGolden / GetParam(), WeightFormat::kFloat32);
  const TensorStore golden = TensorStore::open(kGolden / GetParam() / "expected.safetensors");
  const std::vector<float> want = to_float32(golden.at("logits"));
  EXPECT_LT(worst_difference(scores(model, golden_ids(golden)), want), 2e-4);
}

INSTANTIATE_TEST_SUITE_P(EveryFamily, CausalGolden,
                         testing::Values("llama", "llama3_rope", "qwen2", "gpt2"));

TEST(CausalGguf, TheSameWeightsInGgufGiveTheSameBits) {
  const CausalModel directory(kGolden / "llama", WeightFormat::kFloat32);
  const CausalModel file(kGolden / "llama.gguf", WeightFormat::kFloat32);
  const TensorStore golden = TensorStore::open(kGolden / "llama/expected.safetensors");
  EXPECT_EQ(scores(file, golden_ids(golden)), scores(directory, golden_ids(golden)));
  EXPECT_EQ(file.description(), "llama, 2 layers x 48, 0.1 million parameters, F32");
  const auto& tokenizer = dynamic_cast<const BpeTokenizer&>(file.tokenizer());
  EXPECT_EQ(tokenizer.definition().pattern, WordPattern::kGpt2Digits);
}

TEST(CausalGguf, Gpt2InGgufGivesTheSameBits) {
  const CausalModel directory(kGolden / "gpt2", WeightFormat::kFloat32);
  const CausalModel file(kGolden / "gpt2.gguf", WeightFormat::kFloat32);
  const TensorStore golden = TensorStore::open(kGolden / "gpt2/expected.safetensors");
  EXPECT_EQ(scores(file, golden_ids(golden)), scores(directory, golden_ids(golden)));
  EXPECT_EQ(file.description(), "gpt2, 2 layers x 48, 0.1 million parameters, F32");
  EXPECT_EQ(file.prompt_ids("The market is there, 2 of 3."),
            directory.prompt_ids("The market is there, 2 of 3."));
}

TEST(CausalGguf, BlocksOfEightBitsAreNearerToTheScoresThanInt8) {
  const TensorStore golden = TensorStore::open(kGolden / "llama/expected.safetensors");
  for (const char* name : {"llama", "llama.gguf"}) {
    const auto difference = [&](WeightFormat format) {
      return worst_difference(
          scores(CausalModel(kGolden / name, format), golden_ids(golden)),
          scores(CausalModel(kGolden / name, WeightFormat::kFloat32), golden_ids(golden)));
    };
    EXPECT_LT(difference(WeightFormat::kStored), difference(WeightFormat::kInt8));
  }
}

TEST(DefaultLanguageModel, StoredWeightsTakeLessThanInt8AndAreNearerToTheScores) {
  LIMBECK_NEEDS_ASSET(kAsset);
  std::vector<float> want;
  const auto measured = [&](WeightFormat format) {
    const CausalModel model(test::asset_cache(kAsset), format);
    const std::vector<float> got = scores(
        model, model.prompt_ids("The committee met on Tuesday to discuss the budget for the coming "
                                "year, and most of its members agreed that"));
    if (want.empty()) want = got;
    double square = 0, total = 0;
    for (size_t i = 0; i < got.size(); ++i) {
      square += std::pow(got[i] - want[i], 2);
      total += std::pow(want[i], 2);
    }
    return std::pair(model.weights().bytes(), std::sqrt(square / total));
  };
  EXPECT_EQ(measured(WeightFormat::kFloat32).second, 0);
  const auto [int8_bytes, int8_error] = measured(WeightFormat::kInt8);
  const auto [stored_bytes, stored_error] = measured(WeightFormat::kStored);
  EXPECT_LT(stored_bytes, 0.8 * static_cast<double>(int8_bytes));
  EXPECT_LT(stored_error, 0.5 * int8_error);
  EXPECT_LT(stored_error, 0.05);
}

TEST(DefaultLanguageModel, ScoresAndGreedyTokensAreThoseOfTransformers) {
  LIMBECK_NEEDS_ASSET(kAsset);
  const CausalModel model(test::asset_cache(kAsset), WeightFormat::kFloat32);
  EXPECT_EQ(model.description(), "llama, 30 layers x 576, 134.5 million parameters, Q4_1");
  std::ifstream stream(kGolden / "smollm2.json");
  const nlohmann::json golden = nlohmann::json::parse(stream);
  const auto stride = golden["stride"].get<size_t>();
  const auto width = static_cast<size_t>(model.config().vocabulary_size);
  for (const nlohmann::json& entry : golden["cases"]) {
    std::vector<int32_t> ids = model.prompt_ids(entry["prompt"].get<std::string>());
    ASSERT_EQ(ids, entry["ids"].get<std::vector<int32_t>>());
    const size_t prompt = ids.size();
    const auto greedy = entry["greedy"].get<std::vector<int32_t>>();
    ids.insert(ids.end(), greedy.begin(), greedy.end());
    const std::vector<float> logits = scores(model, ids);
    // By induction over the positions, equal tokens here are an equal greedy continuation.
    for (size_t t = 0; t < greedy.size(); ++t)
      ASSERT_EQ(most_probable({logits.data() + (prompt + t - 1) * width, width}), greedy[t]) << t;
    for (const auto& [position, want] : entry["logits"].items())
      for (size_t i = 0; i < want.size(); ++i)
        ASSERT_NEAR(logits[std::stoul(position) * width + i * stride], want[i].get<double>(), 1e-3)
            << position << " " << i;
  }
}

}  // namespace
}  // namespace limbeck::nlp
