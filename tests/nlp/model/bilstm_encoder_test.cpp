#include "nlp/model/bilstm_encoder.h"

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/model/task_head.h"
#include "tests/nlp/model/model_testing.h"

namespace limbeck::nlp {
namespace {

using testing::expect_finite_differences;
using testing::max_difference;
using testing::message_of;

BiLstmConfig small_config(const std::string& pooling) {
  BiLstmConfig config;
  config.vocabulary_size = 9;
  config.embedding_width = 3;
  config.hidden_width = 2;
  config.layers = 2;
  config.attention_width = 3;
  config.projection_width = 4;
  config.pooling = pooling;
  return config;
}

const std::vector<std::string> kPoolings{"last", "mean", "max", "attention"};
const std::vector<std::vector<int32_t>> kSentences{{1, 2, 3}, {4}, {5, 6, 7, 8, 1}, {2, 2}};

TEST(BiLstmEncoder, ParametersHaveTheNamesOfTheFormat) {
  BiLstmConfig config = small_config("attention");
  config.layers = 1;
  const BiLstmEncoder encoder(config);
  std::vector<std::string> names;
  for (const auto& item : encoder->named_parameters()) names.push_back(item.key());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{
                       "attention.dense.bias", "attention.dense.weight", "attention.score.weight",
                       "embeddings.weight", "lstm.bias_hh_l0", "lstm.bias_hh_l0_reverse",
                       "lstm.bias_ih_l0", "lstm.bias_ih_l0_reverse", "lstm.weight_hh_l0",
                       "lstm.weight_hh_l0_reverse", "lstm.weight_ih_l0",
                       "lstm.weight_ih_l0_reverse", "projection.bias", "projection.weight"}));
}

TEST(BiLstmEncoder, GradientsEqualFiniteDifferences) {
  const TimeMajorBatch batch = time_major_batch(kSentences, 3);
  const StepRandom random(3, 4);
  const BiLstmDropout dropout{0.2, 0.2, 0.2};
  for (const std::string& pooling : kPoolings) {
    BiLstmEncoder encoder(small_config(pooling));
    encoder->to(at::kDouble);
    for (const auto& item : encoder->named_parameters()) {  // biases too: no vector is near zero
      RandomStream stream(8, item.key());
      fill_normal(item.value(), 0.7, stream);
    }
    const at::Tensor above = testing::random_tensor({4, 4}, at::kDouble, "above");
    expect_finite_differences(
        [&] { return (encoder->forward(batch, &random, dropout).vector * above).sum(); },
        encoder->parameters(), 1e-6);
  }
}

TEST(BiLstmEncoder, FloatGradientsEqualDoubleGradients) {
  const TimeMajorBatch batch = time_major_batch(kSentences, 3);
  for (const std::string& pooling : kPoolings) {
    std::vector<std::vector<at::Tensor>> gradients;
    for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
      BiLstmEncoder encoder(small_config(pooling));
      encoder->initialize(2);
      encoder->to(type);
      const at::Tensor above = testing::random_tensor({4, 4}, type, "above");
      gradients.push_back(torch::autograd::grad({(encoder->forward(batch).vector * above).sum()},
                                                encoder->parameters()));
    }
    for (size_t i = 0; i < gradients[0].size(); ++i)
      EXPECT_LE(max_difference(gradients[0][i], gradients[1][i]), 1e-5) << pooling << i;
  }
}

TEST(BiLstmEncoder, ASentenceAloneEqualsTheSameInABatch) {
  const torch::NoGradGuard no_grad;
  for (const std::string& pooling : kPoolings) {
    BiLstmEncoder encoder(small_config(pooling));
    encoder->initialize(2);
    const BiLstmOutput together = encoder->forward(time_major_batch(kSentences, 3));
    for (size_t k = 0; k < kSentences.size(); ++k) {
      const BiLstmOutput alone =
          encoder->forward(time_major_batch(std::vector<std::vector<int32_t>>(1, kSentences[k])));
      const auto row = static_cast<int64_t>(k);
      EXPECT_LE(max_difference(together.vector[row], alone.vector[0]), 2e-6) << pooling << k;
      EXPECT_LE(max_difference(together.pooled[row], alone.pooled[0]), 2e-6) << pooling << k;
    }
  }
}

// One sentence of one token: the states themselves are every pooling but "attention" with weight 1.
TEST(BiLstmEncoder, AllPoolingsAgreeOnOneToken) {
  const torch::NoGradGuard no_grad;
  const TimeMajorBatch batch = time_major_batch(std::vector<std::vector<int32_t>>{{4}});
  std::vector<at::Tensor> pooled;
  for (const std::string& pooling : kPoolings) {
    BiLstmEncoder encoder(small_config(pooling));
    encoder->initialize(2);
    pooled.push_back(encoder->forward(batch).pooled);
  }
  for (const at::Tensor& other : pooled) EXPECT_LE(max_difference(pooled[0], other), 1e-6);
}

TEST(BiLstmEncoder, BitsOfAStepDoNotDependOnThreads) {
  const int threads = thread_count();
  std::vector<std::vector<at::Tensor>> results;
  for (const int count : {1, 4}) {
    set_thread_count(count);
    at::set_num_threads(count);
    BiLstmEncoder encoder(small_config("mean"));
    encoder->initialize(2);
    const StepRandom random(3, 4);
    const at::Tensor vector =
        encoder->forward(time_major_batch(kSentences), &random, {0.1, 0.1, 0.1}).vector;
    results.push_back(torch::autograd::grad({vector.sum()}, encoder->parameters()));
  }
  set_thread_count(threads);
  at::set_num_threads(threads);
  for (size_t i = 0; i < results[0].size(); ++i)
    EXPECT_TRUE(results[0][i].equal(results[1][i])) << i;
}

TEST(BiLstmEncoder, InitialisationIsAFunctionOfTheSeed) {
  BiLstmEncoder a(small_config("mean")), b(small_config("mean")), c(small_config("mean"));
  a->initialize(2);
  b->initialize(2);
  c->initialize(3);
  EXPECT_TRUE(a->embedding_table().equal(b->embedding_table()));
  EXPECT_FALSE(a->embedding_table().equal(c->embedding_table()));
  const at::Tensor bias = a->named_parameters()["lstm.bias_ih_l0"];
  EXPECT_TRUE(bias.equal(at::tensor({0.f, 0.f, 1.f, 1.f, 0.f, 0.f, 0.f, 0.f})));
}

TEST(BiLstmEncoder, AnIdOutsideTheTableIsAnError) {
  BiLstmEncoder encoder(small_config("mean"));
  const TimeMajorBatch batch = time_major_batch(std::vector<std::vector<int32_t>>{{1, 9}});
  EXPECT_EQ(message_of<ShapeError>([&] { encoder->forward(batch); }),
            "embedding_rows: ids must be in [0, 9), got 9");
}

TEST(TaskHead, GradientsEqualFiniteDifferences) {
  HeadConfig config;
  config.pair = true;
  config.labels = {"no", "yes", "both"};
  config.hidden_width = 5;
  TaskHead head(config, 12);
  head->initialize(1);
  head->to(at::kDouble);
  std::vector<at::Tensor> leaves = head->parameters();
  for (const char* name : {"u", "v"})
    leaves.push_back(testing::random_tensor({2, 3}, at::kDouble, name).set_requires_grad(true));
  const at::Tensor above = testing::random_tensor({2, 3}, at::kDouble, "above");
  const StepRandom random(1, 1);
  expect_finite_differences(
      [&] {
        const at::Tensor features = pair_features(leaves[leaves.size() - 2], leaves.back());
        return (head->forward(features, &random, 0.3) * above).sum();
      },
      leaves, 1e-6);
}

TEST(TaskHead, PairFeaturesAreThoseOfTheFormat) {
  const at::Tensor features =
      pair_features(torch::tensor({{1.f, 2.f}}), torch::tensor({{3.f, -1.f}}));
  EXPECT_TRUE(features.equal(torch::tensor({{1.f, 2.f, 3.f, -1.f, 2.f, 3.f, 3.f, -2.f}})));
}

TEST(TaskHead, OneClassIsAnError) {
  HeadConfig config;
  config.labels = {"only"};
  EXPECT_EQ(message_of<ConfigError>([&] { TaskHead head(config, 4); }),
            "head: labels: expected at least 2 classes, got 1");
}

}  // namespace
}  // namespace limbeck::nlp
