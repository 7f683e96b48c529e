#include "distill/evaluate/task_classifier.h"

#include <gtest/gtest.h>

#include "distill/student/student_classifier.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/encode/bert_engine.h"
#include "nlp/tensor/safetensors.h"
#include "tests/distill/student/golden_student.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;
using test::error_message;

std::vector<data::Example> examples_of(const GoldenStudent& golden, bool is_pair) {
  std::vector<data::Example> examples;
  for (const auto& [text, pair] : golden.pairs()) {
    examples.push_back({text, {}, -1, 0, ""});
    if (is_pair) examples.back().pair = pair;
  }
  return examples;
}

TEST(TaskClassifier, OfAStudentGivesTheLogitsOfTorch) {
  for (const char* name : {"classify", "classify_pair", "score_pair"}) {
    const GoldenStudent golden = read_golden(name);
    const auto classifier = load_task_classifier(golden.directory, nlp::Precision::kFloat32);
    const nlp::VectorRows logits = classifier->logits(examples_of(golden, classifier->head().pair));
    ASSERT_EQ(logits.rows, static_cast<int64_t>(golden.logits.size()));
    ASSERT_EQ(logits.width, classifier->head().output_width());
    for (int64_t i = 0; i < logits.rows; ++i)
      for (int64_t c = 0; c < logits.width; ++c)
        EXPECT_NEAR(logits.row(i)[static_cast<size_t>(c)],
                    golden.logits[static_cast<size_t>(i)][static_cast<size_t>(c)], kGoldenTolerance)
            << name << " " << i << " " << c;
  }
}

/// The tiny BERT with a head of three classes: weight [c][d] = (d - 10 c) / 100, bias [c] = c.
class BertWithHead {
 public:
  explicit BertWithHead(bool is_pair) {
    const fs::path tiny = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert_engine/tiny";
    fs::copy(tiny, path());
    nlohmann::ordered_json config = read_json_file(path() / "config.json");
    config["limbeck_head"] = {{"task", "three"},
                              {"pair", is_pair},
                              {"regression", false},
                              {"labels", {"a", "b", "c"}},
                              {"hidden_width", 0}};
    write_json_file(path() / "config.json", config);
    for (int c = 0; c < kClasses; ++c) {
      bias.push_back(static_cast<float>(c));
      for (int d = 0; d < kWidth; ++d) weight.push_back(static_cast<float>(d - 10 * c) / 100.0F);
    }
    const nlp::TensorStore store = nlp::TensorStore::open(tiny / "model.safetensors");
    std::vector<nlp::NamedTensor> tensors;
    for (const auto& [name, tensor] : store.tensors()) tensors.push_back({name, tensor});
    tensors.push_back({"head.out.weight",
                       {nlp::Dtype::kF32, {kClasses, kWidth}, std::as_bytes(std::span(weight))}});
    tensors.push_back(
        {"head.out.bias", {nlp::Dtype::kF32, {kClasses}, std::as_bytes(std::span(bias))}});
    nlp::write_safetensors(path() / "model.safetensors", tensors, {});
  }

  fs::path path() const { return folder_ / "model"; }
  std::vector<float> weight, bias;
  static constexpr int kClasses = 3, kWidth = 32;

 private:
  test::TemporaryDirectory folder_;
};

/// The head's map of one pooled vector, in double.
std::vector<double> mapped(const BertWithHead& model, std::span<const float> vector) {
  std::vector<double> logits;
  for (size_t c = 0; c < BertWithHead::kClasses; ++c) {
    logits.push_back(model.bias[c]);
    for (size_t d = 0; d < vector.size(); ++d)
      logits[c] += static_cast<double>(model.weight[c * vector.size() + d]) * vector[d];
  }
  return logits;
}

void expect_row(const nlp::VectorRows& logits, size_t row, const std::vector<double>& want) {
  ASSERT_EQ(logits.width, BertWithHead::kClasses);
  // 32 products of values of at most 3 in float32: 32 * 3 * 6e-8 = 6e-6.
  for (size_t c = 0; c < want.size(); ++c)
    EXPECT_NEAR(logits.row(static_cast<int64_t>(row))[c], want[c], 1e-5) << row << " " << c;
}

TEST(TaskClassifier, OfABertMapsThePooledVector) {
  const BertWithHead model(/*is_pair=*/false);
  const std::vector<std::string> texts = {"w1", "w2 w3 w4 w5 w6 w7", "", "w8 w9"};
  const auto classifier = load_task_classifier(model.path(), nlp::Precision::kFloat32);
  EXPECT_EQ(classifier->head().labels, (std::vector<std::string>{"a", "b", "c"}));
  std::vector<data::Example> examples;
  for (const std::string& text : texts) examples.push_back({text, {}, -1, 0, ""});
  const nlp::VectorRows logits = classifier->logits(examples);
  const nlp::VectorRows vectors =
      nlp::BertEngine(model.path(), nlp::Precision::kFloat32).encode(texts);
  for (size_t i = 0; i < texts.size(); ++i)
    expect_row(logits, i, mapped(model, vectors.row(static_cast<int64_t>(i))));
  EXPECT_EQ(classifier->logits({}).rows, 0);
}

TEST(TaskClassifier, OfABertEncodesTextAndPairTogether) {
  const BertWithHead model(/*is_pair=*/true);
  const auto classifier = load_task_classifier(model.path(), nlp::Precision::kFloat32);
  const std::vector<data::Example> examples = {{"w1", "w2 w3", -1, 0, ""},
                                               {"w4 w5 w6", "w7", -1, 0, ""}};
  const nlp::VectorRows logits = classifier->logits(examples);
  const nlp::BertEngine engine(model.path(), nlp::Precision::kFloat32);
  for (size_t i = 0; i < examples.size(); ++i) {
    const nlp::Encoding encoding =
        engine.tokenizer().encode(examples[i].text, *examples[i].pair, engine.max_length());
    const std::vector<std::vector<int32_t>> ids = {encoding.ids}, types = {encoding.type_ids};
    expect_row(logits, i, mapped(model, engine.encode_batch({ids, types}).row(0)));
  }
}

TEST(TaskClassifier, OfAHuggingFaceDirectoryGivesTheLogitsOfTransformers) {
  const fs::path golden = fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/sentiment";
  const nlohmann::json expected = read_json_file(golden / "expected.json");
  const auto classifier = load_task_classifier(golden / "tiny", nlp::Precision::kFloat32);
  EXPECT_EQ(classifier->head().labels,
            (std::vector<std::string>{"NEGATIVE", "neutral", "Positive"}));
  std::vector<data::Example> examples;
  for (const nlohmann::json& one : expected["cases"])
    examples.push_back({one["text"].get<std::string>(), {}, -1, 0, ""});
  const nlp::VectorRows logits = classifier->logits(examples);
  for (size_t i = 0; i < examples.size(); ++i)
    for (size_t c = 0; c < 3; ++c)
      EXPECT_NEAR(logits.row(static_cast<int64_t>(i))[c],
                  expected["cases"][i]["logits"][c].get<float>(), 1e-5)
          << examples[i].text;
}

TEST(TaskClassifier, RefusesLabelsThatDoNotCountFromZero) {
  const test::TemporaryDirectory folder;
  const fs::path model = folder / "model";
  fs::copy(fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/sentiment/tiny", model);
  nlohmann::ordered_json config = read_json_file(model / "config.json");
  config["id2label"] = {{"1", "a"}, {"2", "b"}};
  write_json_file(model / "config.json", config);
  EXPECT_EQ(
      error_message<DataError>([&] { load_task_classifier(model, nlp::Precision::kFloat32); }),
      (model / "config.json").string() + ": id2label: expected a text for label 0");
}

TEST(TaskClassifier, RefusesTheOtherKindOfExample) {
  const BertWithHead pairs(/*is_pair=*/true);
  const std::vector<data::Example> single = {{"w1", {}, -1, 0, ""}};
  const std::vector<data::Example> pair = {{"w1", "w2", -1, 0, ""}};
  EXPECT_EQ(error_message<ConfigError>([&] {
              load_task_classifier(pairs.path(), nlp::Precision::kFloat32)->logits(single);
            }),
            "model of task 'three': expected pairs of texts, got single texts");
  EXPECT_EQ(error_message<ConfigError>([&] {
              load_task_classifier(golden_students() / "classify", nlp::Precision::kFloat32)
                  ->logits(pair);
            }),
            "model of task 'custom': expected single texts, got pairs of texts");
}

TEST(TaskClassifier, SaysThatAnEncoderHasNoHead) {
  const std::string encoder = golden_students() / "mean";
  EXPECT_EQ(
      error_message<DataError>([&] { load_task_classifier(encoder, nlp::Precision::kFloat32); }),
      encoder + ": the model has no task head (make one with `limbeck finetune`)");
}

}  // namespace
}  // namespace limbeck::distill
