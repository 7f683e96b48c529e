#include "nlp/model/causal_transformer.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "nlp/causal/causal_model.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/model/causal_directory.h"
#include "nlp/text/sentencepiece.h"
#include "tests/nlp/model/model_testing.h"
#include "tests/support/error_message.h"
#include "tests/support/shared_data.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;
using testing::expect_finite_differences;
using testing::max_difference;
using testing::TemporaryFolder;

const fs::path kGolden = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/causal";

at::Tensor tensor_of(const std::vector<int32_t>& ids) {
  return torch::tensor(std::vector<int64_t>(ids.begin(), ids.end())).unsqueeze(0);
}

/// Scores of nlp/causal for every position: (T, V).
at::Tensor scores_without_torch(const CausalModel& model, const std::vector<int32_t>& ids) {
  KeyValueStore store(model.config(), static_cast<int64_t>(ids.size()));
  CausalWorkspace workspace;
  const TokenRun run{ids, &store, nullptr, true};
  const CausalStates states = model.forward({&run, 1}, workspace);
  const float* logits = model.logits(states.rows, states.count, workspace);
  return at::from_blob(const_cast<float*>(logits), {states.count, model.config().vocabulary_size})
      .clone();
}

at::Tensor scores(TrainableCausalModel& model, const std::vector<int32_t>& ids) {
  const torch::NoGradGuard no_gradient;
  return model.transformer->logits(model.transformer(tensor_of(ids)).normed).squeeze(0);
}

CausalConfig tiny_config() {
  CausalConfig config;
  config.vocabulary_size = 11;
  config.hidden_size = 8;
  config.layers = 2;
  config.heads = 4;
  config.key_value_heads = 2;
  config.head_width = 4;
  config.intermediate_size = 12;
  config.max_positions = 16;
  return config;
}

CausalTransformer tiny_transformer() {
  CausalTransformer transformer(tiny_config());
  transformer->draw_weights(3);
  const torch::NoGradGuard no_gradient;
  for (const at::Tensor& weight : transformer->parameters())
    if (weight.dim() == 2) weight.mul_(10);  // so that attention and gates do something
  return transformer;
}

class TorchParity : public ::testing::TestWithParam<const char*> {};

TEST_P(TorchParity, ScoresAreThoseOfTheModelWithoutLibTorch) {
  const CausalModel model(kGolden / GetParam(), WeightFormat::kFloat32);
  TrainableCausalModel trainable = load_trainable_causal_model(kGolden / GetParam());
  const std::vector<int32_t> ids = model.prompt_ids("The market is there. They were going home.");
  ASSERT_GT(ids.size(), 10u);
  // Both agree with transformers within 2e-4 (nlp/causal's golden test).
  EXPECT_LT(max_difference(scores(trainable, ids), scores_without_torch(model, ids)), 2e-4);
}

INSTANTIATE_TEST_SUITE_P(LlamaFamily, TorchParity,
                         ::testing::Values("llama", "llama.gguf", "llama3_rope", "qwen2"));

TEST(CausalDirectory, WhatIsSavedIsReadBackByBoth) {
  const TemporaryFolder folder;
  for (const char* name : {"llama", "llama.gguf", "llama3_rope", "qwen2"}) {
    TrainableCausalModel trainable = load_trainable_causal_model(kGolden / name);
    const fs::path saved = folder.path() / name / "saved";
    save_causal_model(saved, trainable);
    const CausalModel model(saved, WeightFormat::kFloat32);
    const std::vector<int32_t> ids = model.prompt_ids("The market is there.");
    EXPECT_EQ(ids, CausalModel(kGolden / name, WeightFormat::kFloat32)
                       .prompt_ids("The market is there."));
    EXPECT_LT(max_difference(scores(trainable, ids), scores_without_torch(model, ids)), 2e-4);
    TrainableCausalModel again = load_trainable_causal_model(saved);
    EXPECT_EQ(max_difference(scores(again, ids), scores(trainable, ids)), 0);
    save_causal_model(folder.path() / name / "again", again);
    EXPECT_TRUE(read_file(folder.path() / name / "again/model.safetensors") ==
                read_file(saved / "model.safetensors"));
  }
}

TEST(CausalDirectory, Gpt2IsNamedInTheError) {
  EXPECT_EQ(
      test::error_message<UnsupportedError>([] { load_trainable_causal_model(kGolden / "gpt2"); }),
      (kGolden / "gpt2").string() +
          ": only models of the Llama family can be trained, this is GPT-2");
}

TEST(CausalDirectory, TheDefaultModelHasTheSameScores) {
  constexpr const char* kAsset = "SmolLM2-135M-Instruct";
  LIMBECK_NEEDS_ASSET(kAsset);
  const CausalModel model(test::asset_cache(kAsset), WeightFormat::kFloat32);
  TrainableCausalModel trainable = load_trainable_causal_model(test::asset_cache(kAsset));
  const std::vector<int32_t> ids = model.prompt_ids("The capital of Italy is Rome, and the people");
  EXPECT_LT(max_difference(scores(trainable, ids), scores_without_torch(model, ids)), 1e-3);
}

TEST(CausalDirectory, SentencePieceModelsSpeakWithoutLibTorch) {
  const TemporaryFolder folder;
  SentencePieceTrainingOptions options;
  options.vocabulary_size = 300;
  options.byte_fallback = true;
  options.end_piece = true;
  options.normalization = "nmt_nfkc";
  std::vector<std::string> lines;
  for (int i = 0; i < 60; ++i)
    lines.push_back("the house number " + std::to_string(i) + " stands near the old market");
  const std::vector<std::string> syllables = {"ba", "ke", "lo", "mi", "nu", "ra", "si"};
  for (size_t i = 0; i < 200; ++i)
    lines.push_back(syllables[i % 7] + syllables[i / 7 % 7] + " " + syllables[i % 5] +
                    syllables[i % 3]);
  TrainableCausalModel trainable;
  trainable.tokenizer = parse_sentencepiece(train_sentencepiece(lines, options), "spm");
  CausalConfig config = tiny_config();
  config.vocabulary_size = trainable.tokenizer->vocabulary_size();
  config.begin_id = config.end_id = kEndPiece;
  trainable.transformer = CausalTransformer(config);
  trainable.transformer->draw_weights(1);
  trainable.config_json = causal_config_json(config, {});
  save_causal_model(folder.path() / "m", trainable);
  const CausalModel model(folder.path() / "m", WeightFormat::kFloat32);
  EXPECT_EQ(model.end_ids(), std::vector<int32_t>{kEndPiece});
  const std::vector<int32_t> ids = model.prompt_ids("the old house");
  EXPECT_EQ(ids.front(), kEndPiece);
  EXPECT_EQ(model.continuation_text({ids.begin() + 1, ids.end()}), " the old house");
  EXPECT_EQ(model.prompt_ids(""), std::vector<int32_t>{kEndPiece});
  EXPECT_LT(max_difference(scores(trainable, ids), scores_without_torch(model, ids)), 2e-4);
  // A line is a text of its own.
  std::vector<int32_t> lines_ids = model.prompt_ids("the old house");
  lines_ids.push_back(kEndPiece);
  std::vector<int32_t> second = model.prompt_ids("the market");
  lines_ids.insert(lines_ids.end(), second.begin() + 1, second.end());
  lines_ids.push_back(kEndPiece);
  EXPECT_EQ(model.document_ids("the old house\n\nthe market\n"), lines_ids);
  EXPECT_EQ(model.continuation_text(model.document_ids("\xF0\x9F\x8E\x88 x")),
            " \xF0\x9F\x8E\x88 x");
}

TEST(CausalTransformer, RightPaddingChangesNothing) {
  CausalTransformer transformer = tiny_transformer();
  const torch::NoGradGuard no_gradient;
  const at::Tensor ids = tensor_of({1, 2, 3, 4, 5});
  const at::Tensor padded = tensor_of({1, 2, 3, 4, 5, 0, 0, 0});
  EXPECT_LT(max_difference(transformer(padded).normed.narrow(1, 0, 5), transformer(ids).normed),
            1e-6);
}

TEST(CausalTransformer, GradientsAreThoseOfFiniteDifferences) {
  CausalTransformer transformer = tiny_transformer();
  transformer->to(at::kDouble);
  const at::Tensor ids = tensor_of({1, 2, 3, 4, 5});
  const auto loss = [&] {
    const CausalHidden hidden = transformer(ids);
    return transformer->logits(hidden.normed).square().mean() + hidden.before_last.sin().mean();
  };
  expect_finite_differences(loss, transformer->parameters(), 1e-6);
}

TEST(CausalTransformer, AnAdapterChangesNothingAtFirstAndIsMergedWhenSaved) {
  CausalTransformer transformer = tiny_transformer();
  const at::Tensor ids = tensor_of({1, 2, 3, 4, 5});
  const at::Tensor before = transformer(ids).normed.detach();
  transformer->add_adapters(2, 4.0, 7);
  EXPECT_EQ(max_difference(transformer(ids).normed, before), 0);
  const torch::NoGradGuard no_gradient;
  int64_t adapters = 0;
  for (const auto& item : transformer->named_parameters()) {
    EXPECT_EQ(item.value().requires_grad(), item.key().find("adapter_") != std::string::npos);
    if (!item.key().ends_with("adapter_up")) continue;
    ++adapters;
    RandomStream stream(5, item.key());
    fill_normal(item.value(), 0.3, stream);
  }
  EXPECT_EQ(adapters, 14);
  EXPECT_GT(max_difference(transformer(ids).normed, before), 1e-3);
  CausalTransformer merged(tiny_config());
  const std::map<std::string, at::Tensor> state = transformer->merged_state();
  EXPECT_EQ(state.size(), merged->named_parameters().size());
  for (const auto& item : merged->named_parameters())
    item.value().copy_(state.at("model." + item.key()));
  EXPECT_LT(max_difference(merged(ids).normed, transformer(ids).normed), 1e-5);
  EXPECT_EQ(test::error_message<ConfigError>([] { tiny_transformer()->add_adapters(9, 1, 1); }),
            "rank: expected 1 to 8, got 9");
}

TEST(CausalTransformer, DropoutIsTheSameForTextsOfOtherLengths) {
  CausalTransformer transformer = tiny_transformer();
  const torch::NoGradGuard no_gradient;
  const StepRandom random(1, 2), other(1, 3);
  const at::Tensor short_ids = tensor_of({1, 2, 3}), long_ids = tensor_of({1, 2, 3, 4, 5, 6});
  const at::Tensor dropped = transformer->forward(short_ids, {&random, 0.5}).normed;
  EXPECT_LT(max_difference(transformer->forward(long_ids, {&random, 0.5}).normed.narrow(1, 0, 3),
                           dropped),
            1e-6);
  EXPECT_GT(max_difference(transformer->forward(short_ids, {&other, 0.5}).normed, dropped), 1e-2);
  EXPECT_GT(max_difference(transformer(short_ids).normed, dropped), 1e-2);
}

}  // namespace
}  // namespace limbeck::nlp
