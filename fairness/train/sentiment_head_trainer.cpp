#include "fairness/train/sentiment_head_trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "fairness/train/debias_task.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/sha256.h"
#include "nlp/model/state_dict.h"
#include "nlp/train/trainer.h"
#include "nlp/train/training_log.h"

namespace limbeck::fairness {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMostTokens = 128;  ///< of a sentence; the last ones count
constexpr const char* kResultFile = "result.json";
constexpr const char* kWeightsFile = "sentiment_head.safetensors";

/// Classification of fixed features.
class SentimentHeadTask final : public nlp::TrainingTask {
 public:
  SentimentHeadTask(SentimentHead head, at::Tensor features, at::Tensor labels,
                    std::vector<int64_t> train, std::vector<int64_t> held_out)
      : head_(std::move(head)),
        features_(std::move(features)),
        labels_(std::move(labels)),
        train_(std::move(train)),
        held_out_(at::tensor(held_out)) {}

  int64_t example_count() const override { return static_cast<int64_t>(train_.size()); }

  std::vector<nlp::Parameter> parameters() override {
    std::vector<nlp::Parameter> parameters;
    for (const auto& item : head_->named_parameters())
      parameters.push_back({item.key(), item.value(), 1.0, item.value().dim() == 2});
    for (const auto& item : head_->named_buffers())
      parameters.push_back({item.key(), item.value(), 0.0, false});
    return parameters;
  }

  at::Tensor loss(const std::vector<int64_t>& examples, nlp::StepContext&) override {
    std::vector<int64_t> rows;
    for (const int64_t i : examples) rows.push_back(train_[static_cast<size_t>(i)]);
    const at::Tensor which = at::tensor(rows);
    return at::cross_entropy_loss(head_(features_.index_select(0, which)),
                                  labels_.index_select(0, which));
  }

  nlp::EvaluationResult evaluate() override {
    const at::NoGradGuard no_gradient;
    const at::Tensor labels = labels_.index_select(0, held_out_);
    const at::Tensor answers = head_(features_.index_select(0, held_out_)).argmax(1);
    return {{"accuracy", (answers == labels).to(at::kDouble).mean().item<double>()}};
  }

  void save_model(const fs::path& directory) override {
    nlp::save_state({head_.get()}, directory / kWeightsFile);
  }

 private:
  SentimentHead head_;
  at::Tensor features_, labels_;
  std::vector<int64_t> train_;
  at::Tensor held_out_;
};

nlp::TrainerOptions training_options(uint64_t seed) {
  nlp::TrainerOptions training;
  training.epochs = 10;
  training.batch_size = 64;
  training.learning_rate = 1e-3;
  training.optimizer.weight_decay = 0.01;
  training.monitor = "accuracy";
  training.seed = seed;
  return training;
}

at::Tensor features_of_texts(nlp::CausalTransformer& transformer, const nlp::PromptEncoder& encoder,
                             const std::vector<std::string>& texts) {
  std::vector<std::vector<int32_t>> ids;
  const auto most = std::min(kMostTokens, static_cast<size_t>(transformer->config().max_positions));
  for (const std::string& text : texts) {
    ids.push_back(encoder.ids(text));
    if (ids.back().empty()) ids.back().push_back(0);
    if (ids.back().size() > most)
      ids.back().erase(ids.back().begin(), ids.back().end() - static_cast<int64_t>(most));
  }
  return features_of_prefixes(transformer, ids);
}

void freeze(SentimentHead& head) {
  for (const at::Tensor& parameter : head->parameters()) parameter.set_requires_grad(false);
}

nlohmann::ordered_json identity_of_head(const SentimentExamples& examples,
                                        const std::string& model_hash) {
  Sha256 hash;
  for (size_t i = 0; i < examples.texts.size(); ++i)
    hash.update(examples.texts[i] + "\t" + std::to_string(examples.labels[i]) + "\n");
  return {{"model_hash", model_hash}, {"sentences_hash", hash.hex()}};
}

}  // namespace

TrainedSentimentHead train_sentiment_head(nlp::CausalTransformer& transformer,
                                          const nlp::PromptEncoder& encoder,
                                          const SentimentExamples& examples,
                                          const std::string& model_hash, uint64_t seed,
                                          const fs::path& folder, const RunContext& context) {
  const auto count = static_cast<int64_t>(examples.texts.size());
  std::vector<int64_t> train = RandomStream(seed, "split/sentiment").permutation(count);
  const std::vector<int64_t> held_out(train.begin(), train.begin() + (count + 9) / 10);
  train.erase(train.begin(), train.begin() + (count + 9) / 10);
  TrainedSentimentHead trained;
  trained.head = SentimentHead(transformer->config().hidden_size);
  trained.source = examples.source;
  trained.examples = static_cast<int64_t>(train.size());
  trained.held_out = static_cast<int64_t>(held_out.size());
  const auto positive = static_cast<double>(std::ranges::count_if(
      held_out, [&](int64_t i) { return examples.labels[static_cast<size_t>(i)] == 1; }));
  trained.majority = positive / static_cast<double>(held_out.size());
  trained.majority = std::max(trained.majority, 1 - trained.majority);
  nlp::TrainerConnections connections;
  connections.identity = identity_of_head(examples, model_hash);
  const nlp::TrainerOptions training = training_options(seed);
  const nlohmann::ordered_json made_with = nlp::identity_of(training, connections);
  if (fs::exists(folder / kResultFile)) {
    const nlohmann::json json = read_json_file(folder / kResultFile);
    nlp::require_same_options(folder / kResultFile, json.value("options", nlohmann::json::object()),
                              made_with);
    nlp::load_state(*trained.head, nlp::TensorStore::open(folder / kWeightsFile),
                    folder / kWeightsFile);
    trained.accuracy = json.at("accuracy").get<double>();
    freeze(trained.head);
    return trained;
  }
  fs::create_directories(folder);
  context.say("sentiment head: reads " + std::to_string(count) + " sentences (" + examples.source +
              ")");
  const at::Tensor features = features_of_texts(transformer, encoder, examples.texts);
  trained.head->draw_weights(seed);
  trained.head->fit_scaling(features.index_select(0, at::tensor(train)));
  SentimentHeadTask task(trained.head, features, at::tensor(examples.labels), train, held_out);
  nlp::TrainingLog log(folder);
  connections.output = folder;
  connections.metrics = &log;
  connections.notice = context.notice;
  connections.progress = context.progress;
  connections.label = "sentiment head";
  connections.resume_line = context.interruption_line();
  nlp::Trainer(training, task, connections).run(context.existing == ExistingOutput::kResume);
  trained.accuracy = task.evaluate().at("accuracy");
  task.save_model(folder);
  write_json_file(folder / kResultFile, {{"accuracy", trained.accuracy}, {"options", made_with}});
  nlp::remove_training_state(folder);
  fs::remove_all(folder / "best");
  freeze(trained.head);
  return trained;
}

}  // namespace limbeck::fairness
