#include "nlp/model/bert_encoder.h"

#include "nlp/core/errors.h"
#include "nlp/model/state_dict.h"
#include "tests/nlp/model/model_testing.h"
#include "tests/support/shared_data.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;
using testing::expect_finite_differences;
using testing::max_difference;
using testing::message_of;

const fs::path kGolden = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert";

const std::vector<std::vector<std::string>> kPoolings{
    {"cls"},          {"mean"},      {"max"},        {"mean_sqrt_len"},
    {"weightedmean"}, {"lasttoken"}, {"mean", "cls"}};

BertEncoder load_encoder(const fs::path& directory) {
  BertEncoder encoder(read_bert_config(directory));
  LoadStateOptions options;
  options.ignore_unexpected = true;
  load_state(*encoder, TensorStore::open(directory), directory / "model.safetensors", options);
  return encoder;
}

struct GoldenCase {
  Encoding encoding;
  at::Tensor last, middle;
};

std::vector<GoldenCase> read_golden(const fs::path& file) {
  const TensorStore store = TensorStore::open(file);
  const auto tensor = [&](const std::string& name) {
    const TensorView& view = store.at(name);
    at::Tensor copy = at::empty(view.shape, view.dtype == Dtype::kI64 ? at::kLong : at::kFloat);
    std::memcpy(copy.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
    return copy;
  };
  std::vector<GoldenCase> cases;
  for (int k = 0; store.contains("ids." + std::to_string(k)); ++k) {
    const std::string suffix = "." + std::to_string(k);
    GoldenCase golden{{}, tensor("last" + suffix), tensor("middle" + suffix)};
    const at::Tensor ids = tensor("ids" + suffix), types = tensor("type_ids" + suffix);
    for (int64_t t = 0; t < ids.size(0); ++t) {
      golden.encoding.ids.push_back(static_cast<int32_t>(ids[t].item<int64_t>()));
      golden.encoding.type_ids.push_back(static_cast<int32_t>(types[t].item<int64_t>()));
    }
    cases.push_back(golden);
  }
  return cases;
}

/// Rows of the caller's sentence k.
at::Tensor rows_of(const at::Tensor& hidden, const PackedBatch& batch, int64_t k) {
  const int64_t place = batch.caller_order[k].item<int64_t>();
  return hidden.narrow(0, batch.first_rows[place].item<int64_t>(),
                       batch.segments.lengths[place].item<int64_t>());
}

PackedBatch batch_of(const std::vector<GoldenCase>& cases) {
  std::vector<Encoding> encodings;
  for (const GoldenCase& golden : cases) encodings.push_back(golden.encoding);
  return pack_batch(encodings);
}

void expect_golden(BertEncoder& encoder, const std::vector<GoldenCase>& cases) {
  const torch::NoGradGuard no_grad;
  const PackedBatch batch = batch_of(cases);
  const BertHidden hidden = encoder->forward(batch, nullptr, /*keep_layers=*/true);
  ASSERT_EQ(hidden.layers.size(), static_cast<size_t>(encoder->config().layers + 1));
  for (size_t k = 0; k < cases.size(); ++k) {
    const auto at = static_cast<int64_t>(k);
    EXPECT_LE(max_difference(rows_of(hidden.last, batch, at), cases[k].last), 2e-5) << k;
    EXPECT_LE(max_difference(rows_of(hidden.layers[1], batch, at), cases[k].middle), 2e-5) << k;
  }
}

TEST(BertEncoder, TinyModelGivesTheHiddenStatesOfTransformers) {
  BertEncoder encoder = load_encoder(kGolden / "tiny");
  expect_golden(encoder, read_golden(kGolden / "tiny" / "expected.safetensors"));
}

TEST(BertEncoder, DefaultTeacherGivesTheHiddenStatesOfTransformers) {
  LIMBECK_NEEDS_ASSET("all-MiniLM-L6-v2");
  BertEncoder encoder = load_encoder(test::asset_cache("all-MiniLM-L6-v2"));
  expect_golden(encoder, read_golden(kGolden / "teacher.safetensors"));
}

TEST(BertEncoder, ASentenceAloneEqualsTheSameInABatch) {
  BertEncoder encoder = load_encoder(kGolden / "tiny");
  const torch::NoGradGuard no_grad;
  const std::vector<GoldenCase> cases = read_golden(kGolden / "tiny" / "expected.safetensors");
  const PackedBatch together = batch_of(cases);
  for (const std::vector<std::string>& modes : kPoolings) {
    const SentencePooling pooling{modes, true, 16};
    const at::Tensor pooled =
        BertEncoderImpl::pool(encoder->forward(together).last, together, pooling);
    for (size_t k = 0; k < cases.size(); ++k) {
      const PackedBatch alone = batch_of({cases[k]});
      const at::Tensor single = BertEncoderImpl::pool(encoder->forward(alone).last, alone, pooling);
      EXPECT_LE(max_difference(pooled[static_cast<int64_t>(k)], single[0]), 2e-6)
          << pooling.description() << k;
    }
  }
}

TEST(BertEncoder, GradientsEqualFiniteDifferences) {
  BertConfig config;
  config.vocabulary_size = 7;
  config.hidden_size = 4;
  config.layers = config.heads = 2;
  config.intermediate_size = 3;
  config.max_positions = 4;
  BertEncoder encoder(config);
  encoder->to(at::kDouble);
  std::vector<at::Tensor> leaves;
  for (const auto& item : encoder->named_parameters()) {
    RandomStream stream(5, item.key());
    fill_normal(item.value(), 0.5, stream);
    leaves.push_back(item.value());
  }
  const PackedBatch batch =
      pack_batch(std::vector<std::vector<int32_t>>{{1, 2, 3}, {4, 5}, {6, 1, 2}});
  const StepRandom random(1, 2);
  for (const std::vector<std::string>& modes : kPoolings) {
    const SentencePooling pooling{modes, true, 4};
    const at::Tensor above =
        testing::random_tensor({3, pooling.vector_width(4)}, at::kDouble, "above");
    expect_finite_differences(
        [&] {
          return (BertEncoderImpl::pool(encoder->forward(batch, &random).last, batch, pooling) *
                  above)
              .sum();
        },
        leaves, 1e-6);
  }
}

TEST(BertEncoder, DropoutRepeatsForAStepAndChangesWithIt) {
  BertEncoder encoder = load_encoder(kGolden / "tiny");
  const torch::NoGradGuard no_grad;
  const PackedBatch batch = batch_of(read_golden(kGolden / "tiny" / "expected.safetensors"));
  const StepRandom step(7, 100), next(7, 101);
  const at::Tensor once = encoder->forward(batch, &step).last;
  EXPECT_TRUE(once.equal(encoder->forward(batch, &step).last));
  EXPECT_GT(max_difference(once, encoder->forward(batch, &next).last), 0.01);
  EXPECT_GT(max_difference(once, encoder->forward(batch).last), 0.01);
}

TEST(BertEncoder, ASentenceLongerThanThePositionTableIsAnError) {
  BertEncoder encoder = load_encoder(kGolden / "tiny");
  const PackedBatch batch =
      pack_batch(std::vector<std::vector<int32_t>>{std::vector<int32_t>(17, 1)});
  EXPECT_EQ(message_of<ShapeError>([&] { encoder->forward(batch); }),
            "bert: a sentence has 17 tokens, the position table 16");
}

}  // namespace
}  // namespace limbeck::nlp
