// The student that is trained (LibTorch, nlp/model) and the one that is shipped (distill/student).
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <cmath>

#include "distill/student/student_encoder.h"
#include "nlp/model/model_directory.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kTexts = {
    "w1", "", "w3 w17 w3 w44 w2", "w9 unseen w40 w41 w42 w43 w44 w0 w1 w2 w3 w4",
    "w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w6"};

struct Architecture {
  int64_t layers;
  const char* pooling;
};

/// A student of the real widths with random weights, saved as a directory.
class ShippedStudent : public testing::TestWithParam<Architecture> {
 protected:
  ShippedStudent() {
    nlp::BiLstmConfig config;
    config.vocabulary_size = 50;
    config.layers = GetParam().layers;
    config.pooling = GetParam().pooling;
    model_.encoder = nlp::BiLstmEncoder(config);
    model_.encoder->initialize(7);
    model_.tokenizer =
        nlp::load_tokenizer(fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert_engine/tiny");
    nlp::save_bilstm_model(folder_.path(), model_);
  }

  at::Tensor trained_vectors() {
    const torch::NoGradGuard no_gradient;
    std::vector<std::vector<int32_t>> ids;
    for (const std::string& text : kTexts)
      ids.push_back(nlp::student_ids(*model_.tokenizer, text, model_.encoder->config().max_length));
    return model_.encoder->forward(nlp::time_major_batch(ids)).vector.contiguous();
  }
  nlp::VectorRows shipped_vectors(nlp::Precision precision) const {
    return load_student(folder_.path(), precision)->encode(kTexts);
  }

  nlp::BiLstmModel model_;
  test::TemporaryDirectory folder_;
};

TEST_P(ShippedStudent, GivesTheVectorsOfTheTrainedOne) {
  const at::Tensor want = trained_vectors();
  const nlp::VectorRows got = shipped_vectors(nlp::Precision::kFloat32);
  ASSERT_EQ(got.width, 384);
  ASSERT_EQ(got.values.size(), static_cast<size_t>(want.numel()));
  const float* value = want.const_data_ptr<float>();
  for (size_t i = 0; i < got.values.size(); ++i)  // unit vectors: values of about 0.05
    ASSERT_NEAR(got.values[i], value[i], 1e-5) << "sentence " << i / 384 << " at " << i % 384;
}

TEST_P(ShippedStudent, KeepsTheDirectionInBytes) {
  const at::Tensor want = trained_vectors();
  const nlp::VectorRows got = shipped_vectors(nlp::Precision::kInt8);
  for (int64_t s = 0; s < got.rows; ++s) {
    const float* value = want.const_data_ptr<float>() + s * got.width;
    double product = 0, squares = 0, wanted = 0;
    for (int64_t j = 0; j < got.width; ++j) {
      const double a = got.row(s)[static_cast<size_t>(j)], b = value[j];
      product += a * b, squares += a * a, wanted += b * b;
    }
    EXPECT_GE(product / std::sqrt(squares * wanted), 0.99) << "sentence " << s;
  }
}

std::vector<Architecture> architectures() {
  std::vector<Architecture> all;
  for (const int64_t layers : {1, 2})
    for (const char* pooling : {"last", "mean", "max", "attention"})
      all.push_back({layers, pooling});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Architectures, ShippedStudent, testing::ValuesIn(architectures()),
                         [](const auto& info) {
                           return std::string(info.param.pooling) +
                                  std::to_string(info.param.layers);
                         });

}  // namespace
}  // namespace limbeck::distill
