#include "distill/train/distill_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "nlp/core/errors.h"
#include "nlp/model/model_directory.h"
#include "nlp/tensor/safetensors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

constexpr int64_t kWidth = 4, kSentences = 24, kTraining = 16;

/// A corpus of 24 short sentences with random targets of two blocks: sentence and one layer.
/// The values are multiples of 1/64, which float16 holds exactly.
class Corpus {
 public:
  Corpus() {
    RandomStream random(5, "corpus");
    std::vector<std::string> sentences;
    for (int64_t i = 0; i < kSentences; ++i) {
      sentences.push_back(std::to_string(i));
      data.ids.push_back({});
      for (uint64_t left = 1 + random.below(5); left > 0; --left)
        data.ids.back().push_back(static_cast<int32_t>(random.below(10)));
      (i < kTraining ? data.training : data.validation).push_back(i);
      for (int64_t d = 0; d < 2 * kWidth; ++d)
        targets.push_back(1.0f + static_cast<float>(random.below(128)) / 64.0f - 1.0f);
    }
    const TargetSource source{
        "key", 2 * kWidth, [this](std::span<const std::string> part) {
          return nlp::VectorRows{static_cast<int64_t>(part.size()), 2 * kWidth, targets};
        }};
    data.targets = std::make_shared<TeacherCache>(
        TeacherCache::build(folder.path(), source, sentences, ProgressMode::kNever));
    data.target_mean.assign(2 * kWidth, 0.0f);
    for (int64_t i = 0; i < kTraining; ++i)
      for (int64_t d = 0; d < 2 * kWidth; ++d)
        data.target_mean[static_cast<size_t>(d)] +=
            targets[static_cast<size_t>(i * 2 * kWidth + d)] / static_cast<float>(kTraining);
  }
  /// Target rows of some sentences, (N, 8).
  at::Tensor rows(const std::vector<int64_t>& sentences) const {
    return torch::tensor(targets)
        .view({kSentences, 2 * kWidth})
        .index_select(0, torch::tensor(sentences));
  }
  at::Tensor mean() const { return torch::tensor(data.target_mean); }

  test::TemporaryDirectory folder;
  std::vector<float> targets;
  DistillData data;
};

nlp::BiLstmEncoder small_encoder(int64_t projection_width = kWidth) {
  nlp::BiLstmConfig config;
  config.vocabulary_size = 10;
  config.embedding_width = 3;
  config.hidden_width = 5;
  config.projection_width = projection_width;
  config.normalize = false;
  nlp::BiLstmEncoder encoder(config);
  encoder->initialize(3);
  return encoder;
}

DistillTaskOptions two_blocks(const char* loss, bool center = false) {
  DistillTaskOptions options;
  options.loss = find_loss(loss);
  options.blocks = {{"sentence", 0, kWidth, 1.0}, {"layer-1", kWidth, kWidth, 0.5}};
  options.center = center;
  return options;
}

/// Loss of some training examples, with what was logged.
struct LossOfBatch {
  LossOfBatch(DistillTask& task, const std::vector<int64_t>& examples) {
    nlp::StepContext context(1, 0, 0, 0, static_cast<double>(examples.size()), 0.0, logged);
    total = task.loss(examples, context);
  }
  double logged_mean(const std::string& name) const {
    return logged.at(name).sum / logged.at(name).weight;
  }
  std::map<std::string, nlp::RunningMean> logged;
  at::Tensor total;
};

at::Tensor vectors_of(nlp::BiLstmEncoder encoder, const DistillData& data,
                      const std::vector<int64_t>& sentences) {
  std::vector<std::vector<int32_t>> ids;
  for (const int64_t i : sentences) ids.push_back(data.ids[static_cast<size_t>(i)]);
  return encoder->forward(nlp::time_major_batch(ids)).vector;
}

const DistillTask::SaveModel kNoSave = [](const fs::path&) {};

TEST(DistillTask, AddsTheTermsByTheirWeights) {
  const Corpus corpus;
  nlp::BiLstmEncoder encoder = small_encoder();
  DistillTask task(encoder, corpus.data, two_blocks("mse"), kNoSave);
  const std::vector<int64_t> examples = {0, 5, 9};
  const LossOfBatch loss(task, examples);
  const at::Tensor target = corpus.rows(examples).narrow(1, 0, kWidth);
  EXPECT_NEAR(
      loss.logged_mean("loss/sentence"),
      find_loss("mse").value(vectors_of(encoder, corpus.data, examples), target).item<double>(),
      1e-5);
  EXPECT_NEAR(loss.total.item<double>(),
              loss.logged_mean("loss/sentence") + 0.5 * loss.logged_mean("loss/layer-1"), 1e-5);
}

TEST(DistillTask, FurtherLayersAreCentred) {
  const Corpus corpus;
  DistillTask task(small_encoder(), corpus.data, two_blocks("mse"), kNoSave);
  // With the projection at zero the answer is the mean, so the loss is that of the centred target.
  for (const nlp::Parameter& parameter : task.parameters())
    if (parameter.name.starts_with("target_projection.")) {
      const torch::NoGradGuard no_gradient;
      parameter.tensor.zero_();
    }
  const LossOfBatch loss(task, {2, 3});
  const at::Tensor centred = (corpus.rows({2, 3}) - corpus.mean()).narrow(1, kWidth, kWidth);
  EXPECT_NEAR(loss.logged_mean("loss/layer-1"), centred.square().sum(1).mean().item<double>(),
              1e-5);
}

TEST(DistillTask, CentringSubtractsTheMeanTargetFromTheSentenceVectorToo) {
  const Corpus corpus;
  nlp::BiLstmEncoder encoder = small_encoder();
  DistillTask task(encoder, corpus.data, two_blocks("mse", true), kNoSave);
  const LossOfBatch loss(task, {1, 4});
  const at::Tensor target = (corpus.rows({1, 4}) - corpus.mean()).narrow(1, 0, kWidth);
  EXPECT_NEAR(
      loss.logged_mean("loss/sentence"),
      find_loss("mse").value(vectors_of(encoder, corpus.data, {1, 4}), target).item<double>(),
      1e-5);
}

class EvaluatedTask : public testing::TestWithParam<std::tuple<const char*, bool>> {};

TEST_P(EvaluatedTask, BaselineIsTheLossOfTheMeanVector) {
  const auto [name, center] = GetParam();
  const Corpus corpus;
  nlp::BiLstmEncoder encoder = small_encoder();
  DistillTask task(encoder, corpus.data, two_blocks(name, center), kNoSave);
  const nlp::EvaluationResult result = task.evaluate();
  const torch::NoGradGuard no_gradient;
  const at::Tensor mean = corpus.mean().narrow(0, 0, kWidth);
  const at::Tensor offset = center ? mean : torch::zeros_like(mean);
  const at::Tensor target = corpus.rows(corpus.data.validation).narrow(1, 0, kWidth) - offset;
  const auto loss = find_loss(name).value;
  EXPECT_NEAR(result.at("baseline_loss"),
              loss((mean - offset).expand_as(target), target).item<double>(), 1e-5);
  EXPECT_NEAR(result.at("validation_loss"),
              loss(vectors_of(encoder, corpus.data, corpus.data.validation), target).item<double>(),
              1e-5);
  EXPECT_FALSE(result.contains("pairs_spearman"));
  if (center && std::string(name) == "cosine") EXPECT_NEAR(result.at("baseline_loss"), 0.5, 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Losses, EvaluatedTask,
                         testing::Combine(testing::Values("cosine", "mse", "huber"),
                                          testing::Bool()));

TEST(DistillTask, EvaluationFindsAPerfectStudentPerfect) {
  Corpus corpus;
  nlp::BiLstmEncoder encoder = small_encoder();
  // The teacher is the student itself; float16 leaves 2^-11 of each coordinate.
  const torch::NoGradGuard no_gradient;
  std::vector<int64_t> all;
  for (int64_t i = 0; i < kSentences; ++i) all.push_back(i);
  const at::Tensor own = vectors_of(encoder, corpus.data, all).contiguous();
  const test::TemporaryDirectory folder;
  const TargetSource source{
      "own", kWidth, [&](std::span<const std::string>) {
        return nlp::VectorRows{
            kSentences, kWidth, {own.data_ptr<float>(), own.data_ptr<float>() + own.numel()}};
      }};
  corpus.data.targets = std::make_shared<TeacherCache>(TeacherCache::build(
      folder.path(), source, std::vector<std::string>(kSentences, "x"), ProgressMode::kNever));
  corpus.data.target_mean.assign(kWidth, 0.0f);
  DistillTaskOptions options = two_blocks("cosine");
  options.blocks.pop_back();
  corpus.data.pairs = {{corpus.data.ids[0], corpus.data.ids[1], corpus.data.ids[2]},
                       {corpus.data.ids[3], corpus.data.ids[4], corpus.data.ids[5]},
                       {}};
  for (int64_t i = 0; i < 3; ++i)
    corpus.data.pairs.scores.push_back(
        torch::cosine_similarity(own[i], own[i + 3], 0).item<double>());
  DistillTask task(encoder, corpus.data, options, kNoSave);
  const nlp::EvaluationResult result = task.evaluate();
  EXPECT_NEAR(result.at("validation_loss"), 0.0, 1e-6);
  EXPECT_NEAR(result.at("pairs_spearman"), 1.0, 1e-12);
}

TEST(DistillTask, TrainsEveryParameterAndTheProjections) {
  const Corpus corpus;
  DistillTask task(small_encoder(), corpus.data, two_blocks("cosine"), kNoSave);
  LossOfBatch({task, {0, 1, 2, 3}}).total.backward();
  std::vector<std::string> projections;
  for (const nlp::Parameter& parameter : task.parameters()) {
    EXPECT_TRUE(parameter.tensor.grad().defined()) << parameter.name;
    EXPECT_GT(parameter.tensor.grad().abs().max().item<double>(), 0.0) << parameter.name;
    if (parameter.name.starts_with("target_projection.")) projections.push_back(parameter.name);
    EXPECT_EQ(parameter.decay, parameter.tensor.dim() > 1 && parameter.name != "embeddings.weight")
        << parameter.name;
  }
  EXPECT_THAT(projections,
              ElementsAre("target_projection.layer-1.weight", "target_projection.layer-1.bias"));
}

TEST(DistillTask, LeavesTheProjectionsOutOfTheModel) {
  const Corpus corpus;
  const test::TemporaryDirectory folder;
  nlp::BiLstmModel model;
  model.encoder = small_encoder();
  model.tokenizer = nlp::load_tokenizer(fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/student/mean");
  DistillTask task(model.encoder, corpus.data, two_blocks("cosine"),
                   [&](const fs::path& directory) { nlp::save_bilstm_model(directory, model); });
  task.save_model(folder / "model");
  size_t names = 0;
  const nlp::TensorStore store = nlp::TensorStore::open(folder / "model");
  for (const nlp::Parameter& parameter : task.parameters()) {
    const bool is_projection = parameter.name.starts_with("target_projection.");
    EXPECT_EQ(store.contains(parameter.name), !is_projection) << parameter.name;
    names += !is_projection;
  }
  EXPECT_EQ(store.tensors().size(), names);
}

TEST(DistillTask, RefusesAStudentOfAnotherWidth) {
  const Corpus corpus;
  EXPECT_EQ(test::error_message<ConfigError>(
                [&] { DistillTask(small_encoder(6), corpus.data, two_blocks("mse"), kNoSave); }),
            "student: projection_width: expected the teacher's width 4, got 6");
}

TEST(DistillTask, CountsTheTrainingSentencesAlone) {
  const Corpus corpus;
  const DistillTask task(small_encoder(), corpus.data, two_blocks("mse"), kNoSave);
  EXPECT_EQ(task.example_count(), kTraining);
  const std::vector<int32_t> lengths = task.lengths();
  ASSERT_EQ(lengths.size(), static_cast<size_t>(kTraining));
  for (size_t i = 0; i < lengths.size(); ++i)
    EXPECT_EQ(lengths[i], static_cast<int32_t>(corpus.data.ids[i].size()));
}

}  // namespace
}  // namespace limbeck::distill
