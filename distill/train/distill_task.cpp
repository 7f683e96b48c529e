#include "distill/train/distill_task.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>

#include "data/metric.h"
#include "distill/evaluate/retrieval.h"
#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/model/initialization.h"
#include "nlp/model/linear_product.h"

namespace limbeck::distill {
namespace {

constexpr int64_t kEvaluationBatch = 128;
constexpr int64_t kRetrievalBatch = 128;

at::Tensor columns(const at::Tensor& targets, const TargetBlock& block) {
  return targets.narrow(1, block.begin, block.width);
}

void append_rows(nlp::VectorRows& rows, const at::Tensor& tensor) {
  const at::Tensor values = tensor.to(at::kCPU).contiguous();
  const float* data = values.const_data_ptr<float>();
  rows.values.insert(rows.values.end(), data, data + values.numel());
  rows.width = values.size(1);
  rows.rows += values.size(0);
}

}  // namespace

struct DistillTask::Batch {
  at::Tensor targets;  ///< (B, W)
};

struct DistillTask::Outputs {
  at::Tensor vector, pooled;
};

DistillTask::DistillTask(nlp::BiLstmEncoder encoder, const DistillData& data,
                         DistillTaskOptions options, SaveModel save)
    : encoder_(std::move(encoder)),
      data_(data),
      options_(std::move(options)),
      save_(std::move(save)) {
  if (options_.blocks.empty() || options_.blocks.front().width != encoder_->config().vector_width())
    throw ConfigError("student: projection_width: expected the teacher's width " +
                      std::to_string(options_.blocks.empty() ? 0 : options_.blocks.front().width) +
                      ", got " + std::to_string(encoder_->config().vector_width()));
  const int64_t pooled = encoder_->config().pooled_width();
  for (size_t i = 1; i < options_.blocks.size(); ++i) {
    RandomStream stream(options_.seed, "init/target_projection/" + options_.blocks[i].name);
    Projection projection{at::empty({options_.blocks[i].width, pooled}),
                          at::zeros({options_.blocks[i].width})};
    nlp::fill_uniform(projection.weight, 1.0 / std::sqrt(static_cast<double>(pooled)), stream);
    projection.weight.requires_grad_();
    projection.bias.requires_grad_();
    projections_.push_back(projection);
  }
  mean_ = at::tensor(data_.target_mean);
  offset_ = mean_.clone();
  if (!options_.center) offset_.narrow(0, 0, options_.blocks.front().width).zero_();
}

DistillTask::~DistillTask() = default;

std::vector<int32_t> DistillTask::lengths() const {
  std::vector<int32_t> lengths;
  lengths.reserve(data_.training.size());
  for (const int64_t i : data_.training)
    lengths.push_back(static_cast<int32_t>(data_.ids[static_cast<size_t>(i)].size()));
  return lengths;
}

std::vector<nlp::Parameter> DistillTask::parameters() {
  std::vector<nlp::Parameter> list;
  for (const auto& item : encoder_->named_parameters()) {
    const bool is_embedding = item.key() == "embeddings.weight";
    list.push_back({item.key(), item.value(), is_embedding ? options_.embedding_learning_rate : 1.0,
                    !is_embedding && item.value().dim() > 1});
  }
  for (size_t i = 0; i < projections_.size(); ++i) {
    const std::string name = "target_projection." + options_.blocks[i + 1].name;
    list.push_back({name + ".weight", projections_[i].weight, 1.0, true});
    list.push_back({name + ".bias", projections_[i].bias, 1.0, false});
  }
  return list;
}

at::Tensor DistillTask::targets_of(const std::vector<int64_t>& sentences) const {
  const int64_t width = data_.targets->width();
  at::Tensor targets = at::empty({static_cast<int64_t>(sentences.size()), width});
  float* out = targets.data_ptr<float>();
  for (size_t i = 0; i < sentences.size(); ++i)
    data_.targets->copy_row(sentences[i],
                            {out + static_cast<int64_t>(i) * width, static_cast<size_t>(width)});
  return targets - offset_;
}

std::vector<nlp::LossTerm<DistillTask::Batch, DistillTask::Outputs>> DistillTask::terms() const {
  std::vector<nlp::LossTerm<Batch, Outputs>> terms;
  const auto value = options_.loss.value;
  for (size_t i = 0; i < options_.blocks.size(); ++i) {
    const TargetBlock& block = options_.blocks[i];
    if (i == 0) {
      terms.push_back({block.name,
                       block.weight,
                       {},
                       [&block, value](const Batch& batch, const Outputs& outputs) {
                         return value(outputs.vector, columns(batch.targets, block));
                       }});
    } else {
      const Projection& projection = projections_[i - 1];
      terms.push_back({block.name,
                       block.weight,
                       {},
                       [&block, &projection, value](const Batch& batch, const Outputs& outputs) {
                         const at::Tensor mapped = nlp::linear_product(
                             outputs.pooled, projection.weight, projection.bias);
                         return value(mapped, columns(batch.targets, block));
                       }});
    }
  }
  return terms;
}

at::Tensor DistillTask::loss(const std::vector<int64_t>& examples, nlp::StepContext& context) {
  std::vector<int64_t> sentences;
  std::vector<std::vector<int32_t>> ids;
  for (const int64_t example : examples) {
    sentences.push_back(data_.training[static_cast<size_t>(example)]);
    ids.push_back(data_.ids[static_cast<size_t>(sentences.back())]);
  }
  const nlp::StepRandom random(context.seed("dropout"), static_cast<uint64_t>(context.step()));
  const nlp::BiLstmOutput output =
      encoder_->forward(nlp::time_major_batch(ids), &random, options_.dropout);
  const auto terms_of_loss = terms();
  return nlp::sum_of_terms<Batch, Outputs>(terms_of_loss, {targets_of(sentences)},
                                           {output.vector, output.pooled}, context);
}

nlp::VectorRows DistillTask::vectors_of(const std::vector<std::vector<int32_t>>& ids) {
  const at::NoGradGuard no_gradient;
  nlp::VectorRows rows;
  for (size_t begin = 0; begin < ids.size(); begin += kEvaluationBatch) {
    stop_if_interrupted();
    const size_t end = std::min(begin + kEvaluationBatch, ids.size());
    append_rows(rows,
                encoder_->forward(nlp::time_major_batch(std::span(ids).subspan(begin, end - begin)))
                    .vector);
  }
  return rows;
}

nlp::EvaluationResult DistillTask::evaluate() {
  const at::NoGradGuard no_gradient;
  const TargetBlock& block = options_.blocks.front();
  const at::Tensor constant = mean_ - offset_;
  double loss = 0, baseline = 0;
  nlp::VectorRows vectors, targets;
  for (size_t begin = 0; begin < data_.validation.size(); begin += kEvaluationBatch) {
    stop_if_interrupted();
    const size_t end = std::min(begin + kEvaluationBatch, data_.validation.size());
    const std::vector<int64_t> sentences(data_.validation.begin() + static_cast<int64_t>(begin),
                                         data_.validation.begin() + static_cast<int64_t>(end));
    std::vector<std::vector<int32_t>> ids;
    for (const int64_t sentence : sentences)
      ids.push_back(data_.ids[static_cast<size_t>(sentence)]);
    const at::Tensor target = columns(targets_of(sentences), block);
    const at::Tensor vector = encoder_->forward(nlp::time_major_batch(ids)).vector;
    const double count = static_cast<double>(sentences.size());
    loss += count * options_.loss.value(vector, target).item<double>();
    const at::Tensor answer = constant.narrow(0, block.begin, block.width).expand_as(target);
    baseline += count * options_.loss.value(answer, target).item<double>();
    append_rows(vectors, vector);
    append_rows(targets, target);
  }
  const double total = static_cast<double>(data_.validation.size());
  nlp::EvaluationResult result{
      {"validation_loss", loss / total},
      {"baseline_loss", baseline / total},
      {"retrieval_at_1", retrieval_at_1(vectors, targets, kRetrievalBatch)}};
  if (!data_.pairs.empty()) {
    data::Predictions predictions;
    predictions.predicted_scores =
        row_cosines(vectors_of(data_.pairs.left), vectors_of(data_.pairs.right));
    predictions.expected_scores = data_.pairs.scores;
    result["pairs_spearman"] = data::find_metric("spearman").compute(predictions);
  }
  return result;
}

}  // namespace limbeck::distill
