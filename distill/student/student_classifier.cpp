#include "distill/student/student_classifier.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "distill/student/student_model.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"

namespace limbeck::distill {
namespace {

nlp::HeadConfig read_head(const std::filesystem::path& directory) {
  const std::optional<nlp::HeadConfig> head = nlp::read_head_config(directory);
  if (!head)
    throw DataError((directory / "config.json").string() +
                    ": no key \"limbeck_head\" (an encoder; fine-tune it to classify)");
  return *head;
}

/// [u; v; |u - v|; u * v].
void pair_features(std::span<const float> u, std::span<const float> v, float* features) {
  const size_t width = u.size();
  for (size_t j = 0; j < width; ++j) {
    features[j] = u[j];
    features[width + j] = v[j];
    features[2 * width + j] = std::abs(u[j] - v[j]);
    features[3 * width + j] = u[j] * v[j];
  }
}

std::vector<float> softmax(const std::vector<float>& logits) {
  const float most = *std::max_element(logits.begin(), logits.end());
  std::vector<float> values(logits.size());
  double sum = 0.0;
  for (size_t c = 0; c < logits.size(); ++c) sum += values[c] = std::exp(logits[c] - most);
  for (float& value : values) value = static_cast<float>(value / sum);
  return values;
}

}  // namespace

struct StudentClassifier::State {
  detail::StudentModel model;
  nlp::HeadConfig head;
  std::optional<detail::Linear> dense;
  detail::Linear out;

  State(const std::filesystem::path& directory, nlp::Precision precision)
      : model(directory, precision), head(read_head(directory)) {
    const nlp::TensorStore store = nlp::TensorStore::open(directory);
    int64_t width = features();
    if (head.hidden_width > 0) {
      dense = detail::read_linear(store, "head.dense", head.hidden_width, width,
                                  nlp::Precision::kFloat32);
      width = head.hidden_width;
    }
    out = detail::read_linear(store, "head.out", head.output_width(), width,
                              nlp::Precision::kFloat32);
  }

  int64_t features() const { return model.config().pooled_width() * (head.pair ? 4 : 1); }

  /// Pooled states of all texts; tokenizes in parallel.
  nlp::VectorRows pooled(int64_t count, const auto& text_at) const {
    std::vector<std::vector<int32_t>> ids(static_cast<size_t>(count));
    parallel_for(count, 32, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        ids[static_cast<size_t>(i)] = model.token_ids(text_at(i));
    });
    return model.pooled(ids);
  }

  StudentPrediction predict(std::vector<float>& input) const {
    detail::Bytes unused;
    std::vector<float> hidden;
    const float* last = input.data();
    if (dense) {
      hidden.resize(static_cast<size_t>(dense->outputs()));
      dense->apply(input.data(), 0, 1, hidden.data(), unused);
      for (float& value : hidden) value = std::max(value, 0.0f);
      last = hidden.data();
    }
    std::vector<float> logits(static_cast<size_t>(out.outputs()));
    out.apply(last, 0, 1, logits.data(), unused);
    StudentPrediction prediction;
    logits.resize(static_cast<size_t>(head.output_width()));
    prediction.logits = std::move(logits);
    if (head.regression) {
      prediction.score = prediction.logits[0];
      return prediction;
    }
    prediction.probabilities = softmax(prediction.logits);
    prediction.label = std::max_element(prediction.logits.begin(), prediction.logits.end()) -
                       prediction.logits.begin();
    return prediction;
  }
};

StudentClassifier::StudentClassifier(const std::filesystem::path& directory,
                                     nlp::Precision precision)
    : state_(std::make_unique<State>(directory, precision)) {}
StudentClassifier::~StudentClassifier() = default;
StudentClassifier::StudentClassifier(StudentClassifier&&) noexcept = default;
StudentClassifier& StudentClassifier::operator=(StudentClassifier&&) noexcept = default;

const nlp::HeadConfig& StudentClassifier::head() const { return state_->head; }

std::vector<StudentPrediction> StudentClassifier::predict(
    std::span<const std::string> texts) const {
  if (state_->head.pair)
    throw ConfigError("student: the head of task '" + state_->head.task +
                      "' takes pairs of texts, got single texts");
  const nlp::VectorRows pooled = state_->pooled(
      static_cast<int64_t>(texts.size()),
      [&](int64_t i) -> const std::string& { return texts[static_cast<size_t>(i)]; });
  std::vector<StudentPrediction> predictions;
  std::vector<float> input(static_cast<size_t>(detail::padded_width(pooled.width)), 0.0f);
  for (int64_t i = 0; i < pooled.rows; ++i) {
    std::copy_n(pooled.row(i).begin(), pooled.width, input.begin());
    predictions.push_back(state_->predict(input));
  }
  return predictions;
}

std::vector<StudentPrediction> StudentClassifier::predict(std::span<const Pair> pairs) const {
  if (!state_->head.pair)
    throw ConfigError("student: the head of task '" + state_->head.task +
                      "' takes single texts, got pairs");
  const nlp::VectorRows pooled =
      state_->pooled(2 * static_cast<int64_t>(pairs.size()), [&](int64_t i) -> const std::string& {
        const Pair& pair = pairs[static_cast<size_t>(i / 2)];
        return i % 2 == 0 ? pair.first : pair.second;
      });
  std::vector<StudentPrediction> predictions;
  std::vector<float> input(static_cast<size_t>(detail::padded_width(4 * pooled.width)), 0.0f);
  for (size_t i = 0; i < pairs.size(); ++i) {
    const auto at = static_cast<int64_t>(2 * i);
    pair_features(pooled.row(at), pooled.row(at + 1), input.data());
    predictions.push_back(state_->predict(input));
  }
  return predictions;
}

}  // namespace limbeck::distill
