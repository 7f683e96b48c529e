#include "verify/train/certified_trainer.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/core/path_containment.h"
#include "nlp/core/sha256.h"
#include "nlp/train/trainer.h"
#include "verify/certify/synonym_list.h"
#include "verify/network/word_transformer.h"
#include "verify/train/certified_data.h"
#include "verify/train/certified_report.h"
#include "verify/train/certified_task.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kResultFile = "result.json";
constexpr const char* kMetrics[] = {"certified", "accuracy", "dev_loss"};

std::vector<std::string> vocabulary_for(const CertifiedTrainingOptions& options,
                                        const CertifiedData& data) {
  if (options.vocabulary.empty()) return frequent_words(data.train, options.min_count);
  std::vector<std::string> words = read_word_list(options.vocabulary);
  for (const char* special : {"[UNK]", "[CLS]", "[SEP]"})
    if (std::ranges::find(words, special) == words.end())
      throw DataError(options.vocabulary + ": expected the word " + special);
  return words;
}

WordNet first_net(const CertifiedTrainingOptions& options, const CertifiedData& data,
                  uint64_t seed) {
  if (options.model.empty())
    return WordNet(options.net(data.classes), vocabulary_for(options, data), seed);
  WordNet net = WordNet::load(options.model);
  if (net.config().classes != data.classes)
    throw DataError(options.model + ": has " + std::to_string(net.config().classes) +
                    " classes, the sentences of " + options.train + " have " +
                    std::to_string(data.classes));
  if (net.config().architecture != "bag_of_words" || options.architecture == "bag_of_words")
    return net;
  WordNet started(options.net(data.classes), net.vocabulary(), seed);
  started.start_from(net, seed);
  return started;
}

/// For each word of the vocabulary its synonyms in it.
std::vector<std::vector<int64_t>> neighbours_of(const std::vector<std::string>& vocabulary,
                                                const SynonymList& synonyms) {
  std::unordered_map<std::string, int64_t> ids;
  for (size_t i = 0; i < vocabulary.size(); ++i)
    ids.emplace(vocabulary[i], static_cast<int64_t>(i));
  std::vector<std::vector<int64_t>> neighbours(vocabulary.size());
  for (size_t i = 0; i < vocabulary.size(); ++i)
    if (const auto found = synonyms.find(vocabulary[i]); found != synonyms.end())
      for (const std::string& word : found->second)
        if (const auto other = ids.find(word); other != ids.end())
          neighbours[i].push_back(other->second);
  return neighbours;
}

std::vector<WordProblem> problems_of(const std::vector<CandidateSentence>& sentences,
                                     const WordModel& model,
                                     const CertifiedTrainingOptions& options) {
  std::vector<WordProblem> problems;
  for (const CandidateSentence& sentence : sentences)
    problems.push_back(
        word_problem(sentence, model, options.budget, {.max_words = options.max_words}));
  return problems;
}

/// Options that a resumed run must share.
nlohmann::ordered_json identity(const CertifiedTrainingOptions& options, const CertifiedData& data,
                                const WordNet& net) {
  nlohmann::ordered_json json = options_to_json(options);
  for (const char* key : {"model", "train", "dev", "output", "synonyms", "vocabulary"})
    json.erase(key);
  json["data_hash"] = hash_of(data);
  Sha256 hash;
  for (const std::string& word : net.vocabulary()) hash.update(word + "\n");
  for (const auto& [name, tensor] : net.weights())
    hash.update(std::string_view(reinterpret_cast<const char*>(tensor.data_ptr<float>()),
                                 static_cast<size_t>(tensor.numel()) * sizeof(float)));
  json["start_hash"] = hash.hex();
  return json;
}

nlp::TrainerOptions with_monitor(nlp::TrainerOptions training) {
  if (training.monitor.empty()) training.monitor = kMetrics[0];
  if (std::ranges::find(kMetrics, training.monitor) == std::end(kMetrics))
    throw ConfigError("--monitor: expected one of certified, accuracy, dev_loss, got '" +
                      training.monitor + "'");
  return training;
}

/// The kept model on the dev sentences, in double.
void certify(CertifiedTrainingSummary& summary, const WordNet& net,
             const std::vector<WordProblem>& dev) {
  const at::NoGradGuard no_gradient;
  WordModel model = net.model(at::kDouble);
  std::vector<int64_t> budgets;
  for (int64_t budget = 1; budget <= summary.options.budget; ++budget) budgets.push_back(budget);
  summary.accuracy = accuracy_of(model, dev);
  summary.certified = certified_shares(model, dev, budgets, "crown-ibp");
}

void write_result(const fs::path& file, const CertifiedTrainingSummary& summary,
                  const nlohmann::ordered_json& made_with) {
  write_json_file(file, {{"steps", summary.steps},
                         {"best_step", summary.best_step},
                         {"accuracy", summary.accuracy},
                         {"certified", summary.certified},
                         {"options", made_with}});
}

void read_result(const fs::path& file, CertifiedTrainingSummary& summary,
                 const nlohmann::ordered_json& made_with) {
  const nlohmann::json json = read_json_file(file);
  nlp::require_same_options(file, json.value("options", nlohmann::json::object()), made_with);
  json.at("steps").get_to(summary.steps);
  json.at("best_step").get_to(summary.best_step);
  json.at("accuracy").get_to(summary.accuracy);
  json.at("certified").get_to(summary.certified);
}

nlp::TrainingResult run_or_say_how_to_go_on(nlp::Trainer& trainer, bool resume,
                                            const std::string& line) {
  try {
    return trainer.run(resume);
  } catch (const Interrupted& stop) {
    throw Interrupted(line, stop.signal());
  }
}

}  // namespace

CertifiedTrainingSummary train_certified(const CertifiedTrainingOptions& options,
                                         const nlp::TrainerOptions& training_options,
                                         const CertifiedTrainingContext& context) {
  options.validate();
  training_options.validate();
  const nlp::TrainerOptions training = with_monitor(training_options);
  require_outside(options.output,
                  {options.model, options.train, options.dev, options.synonyms, options.vocabulary},
                  "read");
  const CertifiedData data = read_certified_data(options);
  WordNet net = first_net(options, data, training.seed);
  if (options.synonym_sharing > 0)
    net.share(neighbours_of(net.vocabulary(), read_synonyms(options.synonyms)),
              options.synonym_sharing);
  const WordModel words = net.model(at::kFloat);
  const std::vector<WordProblem> dev = problems_of(data.dev, words, options);
  CertifiedTask task(net, problems_of(data.train, words, options), dev, options);
  OutputDirectory output(options.output, context.existing == ExistingOutput::kOverwrite
                                             ? ExistingOutput::kResume
                                             : context.existing);
  if (context.existing == ExistingOutput::kOverwrite) output.clear();
  remove_unfinished_files(output.path());
  if (context.on_start) context.on_start(output.path());

  CertifiedTrainingSummary summary;
  summary.options = options;
  summary.training = options_to_json(training);
  summary.train_sentences = static_cast<int64_t>(data.train.size());
  summary.dev_sentences = static_cast<int64_t>(data.dev.size());
  summary.words = static_cast<int64_t>(net.vocabulary().size());
  summary.classes = data.classes;
  nlp::TrainerConnections connections;
  connections.output = output.path();
  connections.identity = identity(options, data, net);
  const nlohmann::ordered_json made_with = nlp::identity_of(training, connections);
  const fs::path result = output.path() / kResultFile;
  if (fs::exists(result)) {
    read_result(result, summary, made_with);
  } else {
    const std::unique_ptr<nlp::MetricsSink> log =
        context.open_log ? context.open_log(output.path())
                         : std::make_unique<nlp::JsonlMetricsSink>(output.path() / "metrics.jsonl");
    connections.metrics = log.get();
    connections.notice = context.notice;
    connections.progress = context.progress;
    connections.resume_line =
        "interrupted, the state is saved; continue with: " + context.resume_line;
    nlp::Trainer trainer(training, task, connections);
    const nlp::TrainingResult trained = run_or_say_how_to_go_on(
        trainer, context.existing == ExistingOutput::kResume, connections.resume_line);
    summary.steps = trained.steps;
    summary.best_step = trained.best_step;
    certify(summary, net, dev);
    net.save(output.path());
    write_result(result, summary, made_with);
  }
  nlp::remove_training_state(output.path());
  fs::remove_all(output.path() / "best");
  write_certified_training_report(output.path(), summary, context);
  return summary;
}

nlohmann::ordered_json certified_training_results(const CertifiedTrainingSummary& summary) {
  return {{"output", summary.options.output},
          {"train_sentences", summary.train_sentences},
          {"dev_sentences", summary.dev_sentences},
          {"words", summary.words},
          {"classes", summary.classes},
          {"steps", summary.steps},
          {"best_step", summary.best_step},
          {"accuracy", summary.accuracy},
          {"certified", summary.certified}};
}

}  // namespace limbeck::verify
