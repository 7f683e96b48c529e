#include "fairness/train/language_model_trainer.h"

#include <algorithm>

#include "data/corpus.h"
#include "fairness/train/language_model_task.h"
#include "nlp/causal/generator.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/core/path_containment.h"
#include "nlp/core/sha256.h"
#include "nlp/core/threads.h"
#include "nlp/model/causal_directory.h"
#include "nlp/model/state_dict.h"
#include "nlp/report/model_card.h"
#include "nlp/text/sentencepiece.h"
#include "nlp/train/trainer.h"
#include "nlp/train/training_log.h"

namespace limbeck::fairness {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kVocabularyLines = 100'000;  ///< that the vocabulary is learnt from
constexpr size_t kPromptWords = 5;
constexpr int64_t kSampleTokens = 40;
constexpr const char* kVocabularyFile = "spm.model";

/// The first words of a line.
std::string beginning(const std::string& line) {
  size_t at = 0;
  for (size_t words = 0; words < kPromptWords && at < line.size(); ++words)
    at = std::min(line.find(' ', at + 1), line.size());
  return line.substr(0, at);
}

/// </s> line </s> line ... </s>.
std::vector<int32_t> packed_ids(const nlp::Tokenizer& tokenizer,
                                const std::vector<std::string>& lines) {
  std::vector<std::vector<int32_t>> parts(lines.size());
  parallel_for(static_cast<int64_t>(lines.size()), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      tokenizer.append_ids(lines[static_cast<size_t>(i)], std::nullopt,
                           std::numeric_limits<int32_t>::max(), parts[static_cast<size_t>(i)]);
  });
  std::vector<int32_t> ids{nlp::kEndPiece};
  for (const std::vector<int32_t>& part : parts) {
    if (part.empty()) continue;
    ids.insert(ids.end(), part.begin(), part.end());
    ids.push_back(nlp::kEndPiece);
  }
  return ids;
}

/// The parts of one run, made in order.
class Run {
 public:
  Run(const TrainLmOptions& options, const nlp::TrainerOptions& training, const RunContext& context)
      : options_(options),
        training_(training),
        context_(context),
        output_(options.output, context.existing == ExistingOutput::kOverwrite
                                    ? ExistingOutput::kResume
                                    : context.existing) {
    remove_unfinished_files(output_.path());
    if (training_.monitor.empty()) training_.monitor = "validation_loss";
    if (training_.monitor == "validation_perplexity") training_.higher_is_better = false;
    if (training_.monitor != "validation_loss" && training_.monitor != "validation_perplexity")
      throw ConfigError("--monitor: expected one of validation_loss, validation_perplexity, got '" +
                        training_.monitor + "'");
  }

  bool has_started() const { return has_started_; }

  TrainLmSummary execute() {
    read_text();
    const std::string vocabulary = learnt_vocabulary();
    if (context_.existing == ExistingOutput::kOverwrite) output_.clear();
    context_.started(output_.path());
    has_started_ = true;
    make_model(vocabulary);
    const nlp::TrainingResult result = train();
    if (result.was_finished && fs::exists(output_.path() / nlp::kModelCardFile)) {
      context_.say(output_.path().string() + ": finished already, at step " +
                   std::to_string(result.steps) + "; nothing is changed");
      return summary(result);
    }
    nlp::save_causal_model(output_.path(), model_);
    TrainLmSummary done = summary(result);
    done.samples = samples();
    write_train_lm_report(output_.path(), done, context_);
    return done;
  }

 private:
  void read_text() {
    data::CorpusOptions corpus_options;
    corpus_options.limit = options_.limit;
    const std::vector<fs::path> files(options_.text.begin(), options_.text.end());
    if (!options_.held_out.empty()) {
      const data::HeldOutText held_out = data::read_held_out_text({options_.held_out});
      train_ = data::read_corpus(files, corpus_options, &held_out).sentences;
      validation_ = data::read_corpus({options_.held_out}, {}).sentences;
      return;
    }
    std::vector<std::string> lines = data::read_corpus(files, corpus_options).sentences;
    const auto count = static_cast<int64_t>(lines.size());
    if (count < 2 * options_.validation_count)
      throw ConfigError("--validation-count: expected at most half of the " +
                        std::to_string(count) + " lines, got " +
                        std::to_string(options_.validation_count));
    std::vector<bool> is_kept_apart(lines.size());
    const std::vector<int64_t> order =
        RandomStream(training_.seed, "split/validation").permutation(count);
    for (int64_t i = 0; i < options_.validation_count; ++i)
      is_kept_apart[static_cast<size_t>(order[static_cast<size_t>(i)])] = true;
    for (size_t i = 0; i < lines.size(); ++i)
      (is_kept_apart[i] ? validation_ : train_).push_back(std::move(lines[i]));
  }

  /// A pure function of text and options: a resumed run learns the same one again.
  std::string learnt_vocabulary() const {
    nlp::SentencePieceTrainingOptions options;
    options.model = options_.vocabulary_kind;
    options.vocabulary_size = static_cast<int32_t>(options_.vocabulary);
    options.byte_fallback = true;
    options.end_piece = true;
    options.normalization = "nmt_nfkc";
    const auto count = static_cast<int64_t>(train_.size());
    if (count <= kVocabularyLines) return nlp::train_sentencepiece(train_, options);
    std::vector<std::string> some;
    const std::vector<int64_t> order =
        RandomStream(training_.seed, "vocabulary/lines").permutation(count);
    for (int64_t i = 0; i < kVocabularyLines; ++i)
      some.push_back(train_[static_cast<size_t>(order[static_cast<size_t>(i)])]);
    return nlp::train_sentencepiece(some, options);
  }

  void make_model(const std::string& vocabulary) {
    model_.tokenizer = nlp::parse_sentencepiece(vocabulary, kVocabularyFile);
    nlp::CausalConfig config;
    if (options_.is_gpt2()) config.family = nlp::CausalFamily::kGpt2;
    config.vocabulary_size = model_.tokenizer->vocabulary_size();
    config.hidden_size = options_.hidden;
    config.layers = options_.layers;
    config.heads = options_.heads;
    config.key_value_heads = options_.shared_heads();
    config.head_width = options_.hidden / options_.heads;
    config.intermediate_size = options_.feed_forward_width();
    // Learnt positions end where training sequences end; rotary ones go on.
    config.max_positions =
        options_.is_gpt2() ? options_.context : std::max<int64_t>(options_.context, 128);
    config.begin_id = config.end_id = nlp::kEndPiece;
    nlp::require_sound(config, "train-lm");
    model_.transformer = nlp::CausalTransformer(config);
    model_.transformer->draw_weights(training_.seed);
    model_.config_json = nlp::causal_config_json(config, {});
    data_.context = options_.context;
    data_.train = packed_ids(*model_.tokenizer, train_);
    data_.validation = packed_ids(*model_.tokenizer, validation_);
  }

  nlp::TrainingResult train() {
    LanguageModelTask task(
        model_.transformer, data_, options_.dropout,
        [this](const fs::path& folder) { nlp::save_causal_model(folder, model_); });
    nlp::TrainingLog log(output_.path());
    nlp::TrainerConnections connections;
    connections.output = output_.path();
    connections.metrics = &log;
    connections.notice = context_.notice;
    connections.progress = context_.progress;
    connections.label = "train-lm";
    connections.resume_line = context_.interruption_line();
    connections.identity = identity();
    nlp::Trainer trainer(training_, task, connections);
    const nlp::TrainingResult result = trainer.run(context_.existing == ExistingOutput::kResume);
    metrics_ = task.evaluate();
    return result;
  }

  nlohmann::ordered_json identity() const {
    nlohmann::ordered_json json = options_to_json(options_);
    for (const char* key : {"text", "held_out", "output", "samples"}) json.erase(key);
    json["corpus_hash"] = corpus_hash();
    return json;
  }

  std::string corpus_hash() const {
    Sha256 hash;
    for (const auto* part : {&train_, &validation_}) {
      for (const std::string& line : *part) hash.update(line + "\n");
      hash.update("\n");
    }
    return hash.hex();
  }

  /// From the files that were written, as users will run them.
  std::vector<TextSample> samples() const {
    if (options_.samples == 0) return {};
    const nlp::CausalModel model(output_.path(), nlp::WeightFormat::kFloat32);
    nlp::GenerateOptions options;
    options.max_tokens = std::min(kSampleTokens, model.config().max_positions / 2);
    const auto room = static_cast<size_t>(model.config().max_positions - options.max_tokens);
    std::vector<nlp::GenerationPrompt> prompts;
    for (const std::string& line : validation_) {
      if (static_cast<int64_t>(prompts.size()) == options_.samples) break;
      const std::string text = beginning(line);
      if (model.prompt_ids(text).size() <= room)
        prompts.push_back({text, "sample-" + std::to_string(prompts.size())});
    }
    if (prompts.empty()) return {};
    options.seed = training_.seed;
    options.sampling.temperature = 0.8;
    std::vector<TextSample> samples(prompts.size());
    nlp::GenerationSink sink;
    sink.finished = [&](const nlp::Continuation& one) {
      const auto index = static_cast<size_t>(one.item.prompt);
      samples[index] = {prompts[index].text, one.text};
    };
    const auto items = nlp::all_items(static_cast<int64_t>(prompts.size()), 1);
    nlp::generate(model, prompts, items, options, sink);
    return samples;
  }

  TrainLmSummary summary(const nlp::TrainingResult& result) const {
    TrainLmSummary summary;
    summary.options = options_;
    summary.training = options_to_json(training_);
    summary.model = model_.transformer->description();
    summary.corpus_hash = corpus_hash();
    summary.lines = static_cast<int64_t>(train_.size());
    summary.train_tokens = static_cast<int64_t>(data_.train.size());
    summary.validation_tokens = static_cast<int64_t>(data_.validation.size());
    summary.parameters = nlp::parameter_count(*model_.transformer);
    summary.steps = result.steps;
    summary.best_step = result.best_step;
    summary.was_finished = result.was_finished;
    summary.metrics = metrics_;
    return summary;
  }

  const TrainLmOptions& options_;
  nlp::TrainerOptions training_;
  const RunContext& context_;
  OutputDirectory output_;
  std::vector<std::string> train_, validation_;
  nlp::TrainableCausalModel model_;
  LanguageModelData data_;
  nlp::EvaluationResult metrics_;
  bool has_started_ = false;
};

}  // namespace

TrainLmSummary train_language_model(const TrainLmOptions& options,
                                    const nlp::TrainerOptions& training,
                                    const RunContext& context) {
  options.validate();
  training.validate();
  std::vector<fs::path> inputs(options.text.begin(), options.text.end());
  inputs.emplace_back(options.held_out);
  require_outside(options.output, inputs, "read");
  Run run(options, training, context);
  try {
    return run.execute();
  } catch (const Interrupted& stop) {
    if (!run.has_started()) throw;
    throw Interrupted(context.interruption_line(), stop.signal());
  }
}

}  // namespace limbeck::fairness
