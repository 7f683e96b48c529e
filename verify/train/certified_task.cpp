#include "verify/train/certified_task.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <map>

#include "nlp/core/interrupt.h"
#include "verify/certify/margin.h"
#include "verify/certify/word_verifier.h"
#include "verify/pass/bound.h"
#include "verify/train/certified_loss.h"

namespace limbeck::verify {
namespace {

/// Mean over all sentences of a batch that comes in groups.
template <class Batch, class PerGroup>
at::Tensor mean_over(const Batch& batch, PerGroup&& losses_of) {
  at::Tensor total;
  for (const auto& group : batch.groups) {
    const at::Tensor sum = losses_of(group).sum();
    total = total.defined() ? total + sum : sum;
  }
  return total / static_cast<double>(batch.count);
}

at::Tensor labels_of(const std::vector<WordProblem>& problems) {
  std::vector<int64_t> labels;
  for (const WordProblem& problem : problems) labels.push_back(problem.label);
  return at::tensor(labels, at::kLong);
}

/// Ids of problems of one length, (B, T).
at::Tensor ids_of(const std::vector<WordProblem>& problems) {
  std::vector<int64_t> ids;
  for (const WordProblem& problem : problems)
    ids.insert(ids.end(), problem.words.begin(), problem.words.end());
  return at::tensor(ids, at::kLong).view({static_cast<int64_t>(problems.size()), -1});
}

std::map<int64_t, std::vector<WordProblem>> by_length(const std::vector<WordProblem>& problems) {
  std::map<int64_t, std::vector<WordProblem>> groups;
  for (const WordProblem& problem : problems) groups[problem.length()].push_back(problem);
  return groups;
}

}  // namespace

double ramp(double progress, double start, double end) {
  return std::clamp((progress - start) / (end - start), 0.0, 1.0);
}

std::vector<double> certified_shares(WordModel& model, const std::vector<WordProblem>& problems,
                                     const std::vector<int64_t>& budgets,
                                     const std::string& method) {
  const std::vector<std::vector<double>> lower =
      WordVerifier(model, {}).lower_bounds(problems, budgets, method);
  std::vector<double> shares;
  for (const std::vector<double>& bounds : lower)
    shares.push_back(static_cast<double>(
                         std::ranges::count_if(bounds, [](double margin) { return margin > 0; })) /
                     static_cast<double>(problems.size()));
  return shares;
}

double accuracy_of(WordModel& model, const std::vector<WordProblem>& problems) {
  const at::NoGradGuard no_gradient;
  int64_t correct = 0;
  for (const auto& [length, group] : by_length(problems))
    correct += (margins(model, ids_of(group), labels_of(group)) > 0).sum().item<int64_t>();
  return static_cast<double>(correct) / static_cast<double>(problems.size());
}

CertifiedTask::CertifiedTask(WordNet& net, std::vector<WordProblem> train,
                             std::vector<WordProblem> dev, const CertifiedTrainingOptions& options)
    : net_(net),
      model_(net.model(at::kFloat)),
      train_(std::move(train)),
      dev_(std::move(dev)),
      options_(options),
      unknown_(model_.find_word("[UNK]")) {
  const auto rise = [start = options.ramp_start, end = options.ramp_end](double progress) {
    return ramp(progress, start, end);
  };
  const double robust_share = 1 - options.clean_share;
  terms_.push_back({"clean", 1.0, [=](double p) { return 1 - robust_share * rise(p); },
                    [](const Batch& batch, const NoOutputs&) {
                      return mean_over(batch, [](const Group& group) {
                        return at::cross_entropy_loss(
                            verify::evaluate(*group.graph, group.region.words()) *
                                group.logit_scale,
                            group.labels, {}, at::Reduction::None);
                      });
                    }});
  terms_.push_back({"robust", robust_share, rise,
                    [share = options.interval_share](const Batch& batch, const NoOutputs&) {
                      return mean_over(batch, [share](const Group& group) {
                        return robust_cross_entropy(*group.graph, group.region, group.labels, share,
                                                    group.logit_scale);
                      });
                    }});
}

std::vector<int32_t> CertifiedTask::lengths() const {
  std::vector<int32_t> lengths;
  for (const WordProblem& problem : train_)
    lengths.push_back(static_cast<int32_t>(problem.length()));
  return lengths;
}

std::vector<nlp::Parameter> CertifiedTask::parameters() {
  std::vector<nlp::Parameter> all;
  for (const auto& [name, tensor] : net_.weights())
    all.push_back({name, tensor, 1.0, tensor.dim() > 1 && name != net_.embedding_name()});
  return all;
}

WordProblem CertifiedTask::with_unknown_words(WordProblem problem, RandomStream& stream) const {
  if (options_.word_dropout == 0) return problem;
  for (size_t i = 1; i + 1 < problem.words.size(); ++i) {
    if (stream.uniform() >= options_.word_dropout) continue;
    problem.words[i] = unknown_;
    problem.candidates[i].clear();
  }
  return problem;
}

double CertifiedTask::logit_scale(const WordProblem& problem) const {
  if (options_.length_scale == 0) return 1;
  return static_cast<double>(problem.length()) / options_.length_scale;
}

/// 0 or 1 / (1 - p) for each embedding unit of each sentence, (B, 1, E).
at::Tensor CertifiedTask::embedding_mask(int64_t items, RandomStream& stream) const {
  const int64_t width = net_.config().embedding_width();
  at::Tensor mask = at::ones({items, 1, width});
  if (options_.embedding_dropout == 0) return mask;
  const float kept = static_cast<float>(1 / (1 - options_.embedding_dropout));
  float* values = mask.data_ptr<float>();
  for (int64_t i = 0; i < items * width; ++i)
    values[i] = stream.uniform() < options_.embedding_dropout ? 0 : kept;
  return mask;
}

CertifiedTask::Batch CertifiedTask::batch_of(const std::vector<int64_t>& examples,
                                             nlp::StepContext& context) {
  RandomStream words = context.stream("word-dropout"), units = context.stream("embedding-dropout");
  std::vector<WordProblem> problems;
  for (const int64_t i : examples)
    problems.push_back(with_unknown_words(train_[static_cast<size_t>(i)], words));
  const double reach = ramp(context.progress(), options_.ramp_start, options_.ramp_end);
  model_.retrace();
  model_.set_table(net_.embeddings());
  Batch batch;
  batch.count = static_cast<int64_t>(problems.size());
  for (const auto& [length, group] : by_length(problems))
    batch.groups.push_back(
        {&model_.graph(length),
         region_of(group, model_)
             .scaled(embedding_mask(static_cast<int64_t>(group.size()), units), reach),
         labels_of(group), logit_scale(group.front())});
  return batch;
}

at::Tensor CertifiedTask::loss(const std::vector<int64_t>& examples, nlp::StepContext& context) {
  const Batch batch = batch_of(examples, context);
  return nlp::sum_of_terms<Batch, NoOutputs>(terms_, batch, {}, context);
}

nlp::EvaluationResult CertifiedTask::evaluate() {
  const at::NoGradGuard no_gradient;
  stop_if_interrupted();
  model_.retrace();
  model_.set_table(net_.embeddings());
  double loss = 0;
  for (const auto& [length, group] : by_length(dev_))
    loss += at::cross_entropy_loss(model_.logits(ids_of(group)), labels_of(group), {},
                                   at::Reduction::Sum)
                .item<double>();
  nlp::EvaluationResult result{
      {"dev_loss", loss / static_cast<double>(dev_.size())},
      {"accuracy", accuracy_of(model_, dev_)},
      {"certified", certified_shares(model_, dev_, {options_.budget}, "crown-ibp").front()}};
  model_.retrace();  // graphs without gradients are of no use to the next step
  return result;
}

}  // namespace limbeck::verify
