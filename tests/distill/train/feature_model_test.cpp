#include "distill/train/feature_model.h"

#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "distill/train/fine_tune_task.h"
#include "nlp/train/optimizer/optimizer.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;

constexpr double kRate = 0.01;

struct Rates {
  double encoder = 0, embedding = 0, layer_decay = 1;
};

nlp::HeadConfig two_labels() {
  nlp::HeadConfig head;
  head.task = "custom";
  head.labels = {"no", "yes"};
  return head;
}

std::unique_ptr<FeatureModel> make_model(const std::string& golden, const Rates& rates) {
  FineTuneOptions options;
  options.model = (fs::path(LIMBECK_SOURCE_DIR) / "tests/golden" / golden).string();
  options.encoder_rate = rates.encoder;
  options.embedding_rate = rates.embedding;
  options.layer_decay = rates.layer_decay;
  const auto make =
      golden == "bert_engine/tiny" ? make_bert_feature_model : make_student_feature_model;
  return make(options, two_labels(), StartingPoint::kModel, 1);
}

/// The tiny BERT has two layers; the student is a BiLSTM with a projection.
std::unique_ptr<FeatureModel> tiny_bert(const Rates& rates) {
  return make_model("bert_engine/tiny", rates);
}
std::unique_ptr<FeatureModel> student(const Rates& rates) {
  return make_model("student/mean", rates);
}

/// Learning rate multipliers by the first of these beginnings that a name has; each group must
/// have one multiplier.
std::map<std::string, double> rates_of(FeatureModel& model,
                                       const std::vector<std::string>& beginnings) {
  std::map<std::string, double> rates;
  for (const nlp::Parameter& parameter : model.parameters()) {
    const auto group = std::ranges::find_if(
        beginnings, [&](const std::string& start) { return parameter.name.starts_with(start); });
    if (group == beginnings.end()) {
      ADD_FAILURE() << "no group: " << parameter.name;
      continue;
    }
    const auto [known, is_new] = rates.emplace(*group, parameter.lr_multiplier);
    EXPECT_DOUBLE_EQ(known->second, parameter.lr_multiplier) << parameter.name;
  }
  return rates;
}

void expect_rates(const std::map<std::string, double>& got,
                  const std::map<std::string, double>& want) {
  ASSERT_EQ(got.size(), want.size());
  for (const auto& [group, rate] : want) EXPECT_DOUBLE_EQ(got.at(group), rate) << group;
}

const std::vector<std::string> kBertGroups = {"embeddings.", "encoder.layer.0.", "encoder.layer.1.",
                                              "head."};
const std::vector<std::string> kStudentGroups = {"embeddings.", "lstm.", "projection.", "head."};

TEST(BertRates, AreATwentiethForTheEncoderUnlessAsked) {
  expect_rates(rates_of(*tiny_bert({}), kBertGroups), {{"embeddings.", 0.05},
                                                       {"encoder.layer.0.", 0.05},
                                                       {"encoder.layer.1.", 0.05},
                                                       {"head.", 1.0}});
}

// head 1 | layer 1: 0.2 | layer 0: 0.2 * 0.5 | embeddings, as if the layer before it: 0.2 * 0.25.
TEST(BertRates, FallWithTheDistanceFromTheHead) {
  expect_rates(rates_of(*tiny_bert({.encoder = 0.2, .layer_decay = 0.5}), kBertGroups),
               {{"embeddings.", 0.05},
                {"encoder.layer.0.", 0.1},
                {"encoder.layer.1.", 0.2},
                {"head.", 1.0}});
}

TEST(BertRates, OfTheEmbeddingsFallFromTheirOwn) {
  expect_rates(
      rates_of(*tiny_bert({.encoder = 0.2, .embedding = 0.8, .layer_decay = 0.5}), kBertGroups),
      {{"embeddings.", 0.2}, {"encoder.layer.0.", 0.1}, {"encoder.layer.1.", 0.2}, {"head.", 1.0}});
}

TEST(StudentRates, AreAllOneUnlessAsked) {
  expect_rates(rates_of(*student({}), kStudentGroups),
               {{"embeddings.", 1.0}, {"lstm.", 1.0}, {"projection.", 1.0}, {"head.", 1.0}});
}

TEST(StudentRates, OfTheEncoderHoldForItsEmbeddingsUnlessTheyHaveTheirOwn) {
  expect_rates(rates_of(*student({.encoder = 0.25}), kStudentGroups),
               {{"embeddings.", 0.25}, {"lstm.", 0.25}, {"projection.", 0.25}, {"head.", 1.0}});
  expect_rates(
      rates_of(*student({.encoder = 0.25, .embedding = 0.5, .layer_decay = 0.5}), kStudentGroups),
      {{"embeddings.", 0.5}, {"lstm.", 0.25}, {"projection.", 0.25}, {"head.", 1.0}});
  expect_rates(rates_of(*student({.embedding = 0.5}), kStudentGroups),
               {{"embeddings.", 0.5}, {"lstm.", 1.0}, {"projection.", 1.0}, {"head.", 1.0}});
}

LabelledData four_examples() {
  LabelledData data;
  data.task = {"custom", data::TaskKind::kClassification, false, {"no", "yes"}, {"accuracy"}};
  int label = 0;
  for (const char* text : {"w1 w2 w3 film", "w4 w5 good", "w6 w7 w8 w9 dull", "w10 the cat"}) {
    data::Example example;
    example.text = text;
    example.label = label++ % 2;
    data.train.push_back(example);
  }
  data.dev = data.train;
  return data;
}

/// Largest change of each parameter by the first step of AdamW, which moves an entry by the
/// parameter's learning rate whatever its gradient (as long as that is well above epsilon, 1e-8).
std::map<std::string, double> changes_of_one_step(FeatureModel& model) {
  const LabelledData data = four_examples();
  FineTuneTask task(model, data, 0.0);
  const auto optimizer = nlp::make_optimizer({}, task.parameters());
  std::map<std::string, at::Tensor> before;
  for (const nlp::Parameter& parameter : task.parameters())
    before[parameter.name] = parameter.tensor.detach().clone();
  std::map<std::string, nlp::RunningMean> logged;
  nlp::StepContext context(1, 0, 0, 0, 4.0, 0.0, logged);
  task.loss({0, 1, 2, 3}, context).backward();
  optimizer->step(kRate);
  std::map<std::string, double> changes;
  for (const nlp::Parameter& parameter : task.parameters())
    changes[parameter.name] =
        (parameter.tensor.detach() - before[parameter.name]).abs().max().item<double>();
  return changes;
}

class OneStep : public testing::TestWithParam<const char*> {};

TEST_P(OneStep, MovesEachParameterByItsRate) {
  const auto model = make_model(GetParam(), {.encoder = 0.2, .embedding = 0.1, .layer_decay = 0.5});
  const std::map<std::string, double> changes = changes_of_one_step(*model);
  for (const nlp::Parameter& parameter : model->parameters()) {
    // A key's bias adds the same to all scores of a query, and the projection is not read by the
    // head: no gradient.
    const bool is_idle =
        parameter.name.ends_with("key.bias") || parameter.name.starts_with("projection.");
    const double expected = kRate * parameter.lr_multiplier;
    EXPECT_LE(changes.at(parameter.name), 1.01 * expected) << parameter.name;
    if (!is_idle) EXPECT_GE(changes.at(parameter.name), 0.99 * expected) << parameter.name;
  }
}

TEST_P(OneStep, WithATinyRateLeavesTheEncoderAlone) {
  const auto model = make_model(GetParam(), {.encoder = 1e-6});
  for (const auto& [name, change] : changes_of_one_step(*model)) {
    if (name.starts_with("head."))
      EXPECT_NEAR(change, kRate, 0.01 * kRate) << name;
    else
      EXPECT_LE(change, 1e-7) << name;  // a rate of 1e-8, rounded to weights of about 1
  }
}

INSTANTIATE_TEST_SUITE_P(Models, OneStep, testing::Values("bert_engine/tiny", "student/mean"),
                         [](const auto& info) {
                           return std::string(info.param).starts_with("bert") ? "Bert" : "Student";
                         });

}  // namespace
}  // namespace limbeck::distill
