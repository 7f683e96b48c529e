#include "nlp/model/causal_transformer.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "nlp/causal/causal_model.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/model/causal_directory.h"
#include "nlp/model/initialization.h"
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

CausalConfig tiny_config(CausalFamily family) {
  CausalConfig config;
  config.family = family;
  config.vocabulary_size = 11;
  config.hidden_size = 8;
  config.layers = 2;
  config.heads = 4;
  config.key_value_heads = family == CausalFamily::kLlama ? 2 : 4;
  config.head_width = family == CausalFamily::kLlama ? 4 : 2;
  config.intermediate_size = 12;
  config.max_positions = 16;
  return config;
}

CausalTransformer tiny_transformer(CausalFamily family) {
  CausalTransformer transformer(tiny_config(family));
  transformer->draw_weights(3);
  const torch::NoGradGuard no_gradient;
  RandomStream stream(4, "vectors");
  for (const auto& item : transformer->named_parameters()) {
    at::Tensor value = item.value();
    if (value.dim() == 2)
      value.mul_(10);  // so that attention and gates do something
    else if (item.key().ends_with("bias"))
      fill_normal(value, 0.3, stream);
  }
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

INSTANTIATE_TEST_SUITE_P(Goldens, TorchParity,
                         ::testing::Values("llama", "llama.gguf", "llama3_rope", "qwen2", "gpt2",
                                           "gpt2.gguf"));

TEST(CausalDirectory, WhatIsSavedIsReadBackByBoth) {
  const TemporaryFolder folder;
  for (const char* name : {"llama", "llama.gguf", "llama3_rope", "qwen2", "gpt2", "gpt2.gguf"}) {
    TrainableCausalModel trainable = load_trainable_causal_model(kGolden / name);
    const fs::path saved = folder.path() / name / "saved";
    save_causal_model(saved, trainable);
    const CausalModel model(saved, WeightFormat::kFloat32);
    const std::vector<int32_t> ids = model.prompt_ids("The market is there.");
    EXPECT_EQ(
        ids,
        CausalModel(kGolden / name, WeightFormat::kFloat32).prompt_ids("The market is there."));
    EXPECT_LT(max_difference(scores(trainable, ids), scores_without_torch(model, ids)), 2e-4);
    TrainableCausalModel again = load_trainable_causal_model(saved);
    EXPECT_EQ(max_difference(scores(again, ids), scores(trainable, ids)), 0);
    save_causal_model(folder.path() / name / "again", again);
    EXPECT_TRUE(read_file(folder.path() / name / "again/model.safetensors") ==
                read_file(saved / "model.safetensors"));
  }
}

TEST(CausalDirectory, TheConfigurationOfGpt2IsReadBackAsItWas) {
  const TemporaryFolder folder;
  const CausalConfig config = tiny_config(CausalFamily::kGpt2);
  write_file_atomic(folder.path() / "config.json", causal_config_json(config, {}).dump());
  const CausalConfig read = read_causal_config(folder.path());
  EXPECT_EQ(read.family, config.family);
  EXPECT_EQ(read.vocabulary_size, config.vocabulary_size);
  EXPECT_EQ(read.hidden_size, config.hidden_size);
  EXPECT_EQ(read.layers, config.layers);
  EXPECT_EQ(read.heads, config.heads);
  EXPECT_EQ(read.key_value_heads, config.heads);
  EXPECT_EQ(read.head_width, config.head_width);
  EXPECT_EQ(read.intermediate_size, config.intermediate_size);
  EXPECT_EQ(read.max_positions, config.max_positions);
  EXPECT_EQ(read.norm_epsilon, config.norm_epsilon);
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
  CausalConfig config = tiny_config(CausalFamily::kLlama);
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

class CausalTransformerFamily : public ::testing::TestWithParam<CausalFamily> {};

TEST_P(CausalTransformerFamily, RightPaddingChangesNothing) {
  CausalTransformer transformer = tiny_transformer(GetParam());
  const torch::NoGradGuard no_gradient;
  const at::Tensor ids = tensor_of({1, 2, 3, 4, 5});
  const at::Tensor padded = tensor_of({1, 2, 3, 4, 5, 0, 0, 0});
  EXPECT_LT(max_difference(transformer(padded).normed.narrow(1, 0, 5), transformer(ids).normed),
            1e-6);
}

TEST_P(CausalTransformerFamily, GradientsAreThoseOfFiniteDifferences) {
  CausalTransformer transformer = tiny_transformer(GetParam());
  transformer->to(at::kDouble);
  const at::Tensor ids = tensor_of({1, 2, 3, 4, 5});
  const auto loss = [&] {
    const CausalHidden hidden = transformer(ids);
    return transformer->logits(hidden.normed).square().mean() + hidden.before_last.sin().mean();
  };
  expect_finite_differences(loss, transformer->parameters(), 1e-6);
}

TEST_P(CausalTransformerFamily, AnAdapterChangesNothingAtFirstAndIsMergedWhenSaved) {
  CausalTransformer transformer = tiny_transformer(GetParam());
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
  EXPECT_EQ(adapters, GetParam() == CausalFamily::kLlama ? 14 : 8);
  EXPECT_GT(max_difference(transformer(ids).normed, before), 1e-3);
  CausalTransformer merged(tiny_config(GetParam()));
  const std::map<std::string, at::Tensor> state = transformer->merged_state();
  EXPECT_EQ(state.size(), merged->named_parameters().size());
  // The products of GPT-2 lie in its checkpoints.
  const bool is_gpt2 = GetParam() == CausalFamily::kGpt2;
  for (const auto& item : merged->named_parameters()) {
    const at::Tensor& saved = state.at((is_gpt2 ? "transformer." : "model.") + item.key());
    const bool lies = is_gpt2 && item.key().find(".c_") != std::string::npos && saved.dim() == 2;
    item.value().copy_(lies ? saved.t() : saved);
  }
  EXPECT_LT(max_difference(merged(ids).normed, transformer(ids).normed), 1e-5);
  EXPECT_EQ(
      test::error_message<ConfigError>([] { tiny_transformer(GetParam())->add_adapters(9, 1, 1); }),
      "rank: expected 1 to 8, got 9");
}

TEST_P(CausalTransformerFamily, ChangesOfEmbeddingsTouchTheirTokensAlone) {
  CausalTransformer transformer = tiny_transformer(GetParam());
  const torch::NoGradGuard no_gradient;
  const at::Tensor with = tensor_of({1, 2, 3, 4, 5}), without = tensor_of({1, 2, 4, 6, 8});
  const auto logits_of = [](CausalTransformer& model, const at::Tensor& ids) {
    return model->logits(model(ids).normed);
  };
  const at::Tensor read_with = logits_of(transformer, with),
                   read_without = logits_of(transformer, without);
  transformer->add_embedding_changes({3, 9});
  EXPECT_TRUE(at::equal(logits_of(transformer, with), read_with));
  for (const auto& item : transformer->named_parameters())
    EXPECT_EQ(item.value().requires_grad(), item.key() == "embedding_changes") << item.key();
  at::Tensor changes = transformer->named_parameters()["embedding_changes"];
  ASSERT_EQ(changes.sizes(), (std::vector<int64_t>{2, 8}));
  RandomStream stream(5, "changes");
  fill_normal(changes, 0.3, stream);
  EXPECT_TRUE(at::equal(logits_of(transformer, without), read_without));
  EXPECT_GT(max_difference(logits_of(transformer, with), read_with), 1e-3);

  CausalTransformer merged(tiny_config(GetParam()), transformer->parts());
  const std::map<std::string, at::Tensor> state = transformer->merged_state();
  EXPECT_EQ(state.size(), merged->named_parameters().size());
  const bool is_gpt2 = GetParam() == CausalFamily::kGpt2;
  for (const auto& item : merged->named_parameters()) {
    const bool is_head = item.key() == "lm_head.weight";
    const at::Tensor& saved = state.at((is_head   ? ""
                                        : is_gpt2 ? "transformer."
                                                  : "model.") +
                                       item.key());
    const bool lies = is_gpt2 && item.key().find(".c_") != std::string::npos && saved.dim() == 2;
    item.value().copy_(lies ? saved.t() : saved);
  }
  EXPECT_LT(max_difference(logits_of(merged, with), logits_of(transformer, with)), 1e-5);
  EXPECT_EQ(test::error_message<ConfigError>([&] { transformer->add_embedding_changes({}); }),
            "changes of embeddings: expected token ids, got none");
  EXPECT_EQ(test::error_message<ShapeError>([&] { transformer->add_embedding_changes({11}); }),
            "changes of embeddings: expected ids in [0, 11), got 11");
}

TEST_P(CausalTransformerFamily, DropoutIsTheSameForTextsOfOtherLengths) {
  CausalTransformer transformer = tiny_transformer(GetParam());
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

// Without positions GPT-2 would read a text and its permutation alike at the last token.
TEST_P(CausalTransformerFamily, TheOrderOfTheTokensCounts) {
  CausalTransformer transformer = tiny_transformer(GetParam());
  const torch::NoGradGuard no_gradient;
  const auto last = [&](const std::vector<int32_t>& ids) {
    return transformer(tensor_of(ids)).normed.select(1, 3);
  };
  EXPECT_GT(max_difference(last({1, 2, 3, 4}), last({2, 1, 3, 4})), 1e-3);
}

TEST_P(CausalTransformerFamily, TextsBeyondThePositionsAreRefused) {
  CausalTransformer transformer = tiny_transformer(GetParam());
  EXPECT_EQ(
      test::error_message<ShapeError>([&] { transformer(tensor_of(std::vector<int32_t>(17, 1))); }),
      "language model: expected at most 16 tokens, got 17");
}

INSTANTIATE_TEST_SUITE_P(Families, CausalTransformerFamily,
                         ::testing::Values(CausalFamily::kLlama, CausalFamily::kGpt2),
                         [](const auto& family) {
                           return family.param == CausalFamily::kLlama ? "Llama" : "Gpt2";
                         });

}  // namespace
}  // namespace limbeck::nlp
