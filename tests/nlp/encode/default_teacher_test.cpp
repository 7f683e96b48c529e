// Parity of the default teacher with transformers and sentence-transformers; skipped where its
// asset is absent.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "nlp/encode/bert_engine.h"
#include "tests/nlp/encode/bert_golden.h"

namespace limbeck::nlp {
namespace {

class DefaultTeacher : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(teacher_directory() / "model.safetensors"))
      GTEST_SKIP() << "no teacher at " << teacher_directory()
                   << " (limbeck assets fetch brings it)";
  }
  const TensorStore golden_ =
      TensorStore::open(golden_directory() / "all-MiniLM-L6-v2.safetensors");
  const std::vector<int32_t> lengths_ = int32_values(golden_.at("lengths"));
  const std::vector<std::vector<int32_t>> ids_ = cut(int32_values(golden_.at("ids")), lengths_);
  const std::vector<std::vector<int32_t>> types_ =
      cut(int32_values(golden_.at("type_ids")), lengths_);
};

double cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i)
    ab += static_cast<double>(a[i]) * b[i], aa += static_cast<double>(a[i]) * a[i],
        bb += static_cast<double>(b[i]) * b[i];
  return ab / std::sqrt(aa * bb);
}

TEST_F(DefaultTeacher, StatesAreThoseOfTransformers) {
  const BertEngine engine(teacher_directory(), Precision::kFloat32);
  const VectorRows states = engine.last_hidden_state({ids_, types_});
  const std::vector<int32_t> columns = int32_values(golden_.at("columns"));
  const std::span<const float> want = golden_.at("states").float32();
  double worst = 0;
  for (int64_t row = 0; row < states.rows; ++row)
    for (size_t c = 0; c < columns.size(); ++c)
      worst = std::max(
          worst, std::abs(static_cast<double>(states.row(row)[static_cast<size_t>(columns[c])]) -
                          want[static_cast<size_t>(row) * columns.size() + c]));
  EXPECT_LE(worst, 2e-5);
  RecordProperty("worst", std::to_string(worst));
}

TEST_F(DefaultTeacher, VectorsAreThoseOfSentenceTransformers) {
  const BertEngine engine(teacher_directory(), Precision::kFloat32);
  const VectorRows vectors = engine.encode(single_sentences());
  const std::span<const float> want = golden_.at("vectors").float32();
  ASSERT_EQ(vectors.values.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i)
    ASSERT_NEAR(vectors.values[i], want[i], 2e-6)
        << "sentence " << i / 384;  // unit vectors: values of about 0.05
}

TEST_F(DefaultTeacher, SentenceAloneHasTheBitsItHasInTheBatch) {
  for (const Precision precision : {Precision::kFloat32, Precision::kBFloat16, Precision::kInt8}) {
    const BertEngine engine(teacher_directory(), precision);
    const VectorRows together = engine.encode_ids(ids_);
    for (size_t s = 0; s < ids_.size(); ++s) {
      const VectorRows alone = engine.encode_ids(std::span(ids_).subspan(s, 1));
      EXPECT_TRUE(std::ranges::equal(alone.row(0), together.row(static_cast<int64_t>(s))))
          << "sentence " << s;
    }
  }
}

TEST_F(DefaultTeacher, LowerPrecisionsKeepTheDirection) {
  const std::span<const float> want = golden_.at("vectors").float32();
  for (const auto& [precision, least] :
       {std::pair{Precision::kBFloat16, 0.9995}, {Precision::kInt8, 0.97}}) {
    const VectorRows vectors =
        BertEngine(teacher_directory(), precision).encode(single_sentences());
    double worst = 1;
    for (int64_t s = 0; s < vectors.rows; ++s)
      worst =
          std::min(worst, cosine(vectors.row(s), want.subspan(static_cast<size_t>(s) * 384, 384)));
    EXPECT_GE(worst, least);
    printf("precision %d: least cosine %.6f\n", static_cast<int>(precision), worst);
  }
}

}  // namespace
}  // namespace limbeck::nlp
