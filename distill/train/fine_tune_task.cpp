#include "distill/train/fine_tune_task.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "data/metric.h"
#include "nlp/core/interrupt.h"

namespace limbeck::distill {
namespace {

constexpr int64_t kScoringBatch = 64;

at::Tensor labels_of(const std::vector<data::Example>& all, std::span<const int64_t> which) {
  std::vector<int64_t> labels;
  for (const int64_t i : which) labels.push_back(all[static_cast<size_t>(i)].label);
  return at::tensor(labels);
}

at::Tensor scores_of(const std::vector<data::Example>& all, std::span<const int64_t> which) {
  std::vector<float> scores;
  for (const int64_t i : which) scores.push_back(all[static_cast<size_t>(i)].score);
  return at::tensor(scores);
}

}  // namespace

FineTuneTask::FineTuneTask(FeatureModel& model, const LabelledData& data, double dropout)
    : model_(model),
      data_(data),
      dropout_(dropout),
      train_(model.encode(data.train)),
      dev_(model.encode(data.dev)) {
  if (data_.task.kind != data::TaskKind::kRegression) return;
  double sum = 0, squares = 0;
  for (const data::Example& example : data_.train) sum += example.score;
  score_mean_ = sum / static_cast<double>(data_.train.size());
  for (const data::Example& example : data_.train)
    squares += std::pow(example.score - score_mean_, 2);
  score_deviation_ = std::max(1e-6, std::sqrt(squares / static_cast<double>(data_.train.size())));
  // The head starts at the mean score, so that the first steps need not travel there.
  const at::NoGradGuard no_gradient;
  model_.head()->named_parameters()["out.bias"].fill_(score_mean_);
}

at::Tensor FineTuneTask::loss_of(const at::Tensor& logits, const std::vector<data::Example>& all,
                                 std::span<const int64_t> which) const {
  if (data_.task.kind == data::TaskKind::kRegression)
    return ((logits.squeeze(1) - scores_of(all, which)) / score_deviation_).square().mean();
  return at::cross_entropy_loss(logits, labels_of(all, which));
}

at::Tensor FineTuneTask::loss(const std::vector<int64_t>& examples, nlp::StepContext& context) {
  const nlp::StepRandom random(context.seed("dropout"), static_cast<uint64_t>(context.step()));
  const at::Tensor features = model_.features(train_, examples, &random);
  return loss_of(model_.head()->forward(features, &random, dropout_), data_.train, examples);
}

nlp::EvaluationResult FineTuneTask::evaluate() {
  const at::NoGradGuard no_gradient;
  std::vector<int64_t> order(data_.dev.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return dev_.lengths[static_cast<size_t>(a)] > dev_.lengths[static_cast<size_t>(b)];
  });
  data::Predictions predictions;
  double loss = 0;
  for (size_t begin = 0; begin < order.size(); begin += kScoringBatch) {
    stop_if_interrupted();
    const auto which = std::span<const int64_t>(order).subspan(
        begin, std::min<size_t>(kScoringBatch, order.size() - begin));
    const at::Tensor logits = model_.head()->forward(model_.features(dev_, which, nullptr));
    loss += loss_of(logits, data_.dev, which).item<double>() * static_cast<double>(which.size());
    const at::Tensor classes = logits.argmax(1);
    for (size_t i = 0; i < which.size(); ++i) {
      const data::Example& example = data_.dev[static_cast<size_t>(which[i])];
      const int64_t row = static_cast<int64_t>(i);
      if (data_.task.kind == data::TaskKind::kRegression) {
        predictions.predicted_scores.push_back(logits[row][0].item<double>());
        predictions.expected_scores.push_back(example.score);
      } else {
        predictions.predicted_labels.push_back(static_cast<int>(classes[row].item<int64_t>()));
        predictions.expected_labels.push_back(example.label);
      }
    }
  }
  nlp::EvaluationResult result{{"dev_loss", loss / static_cast<double>(order.size())}};
  for (const std::string& name : data_.task.metrics)
    result[name] = data::find_metric(name).compute(predictions);
  return result;
}

}  // namespace limbeck::distill
