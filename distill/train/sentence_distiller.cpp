#include "distill/train/sentence_distiller.h"

#include <algorithm>

#include "data/corpus.h"
#include "data/task.h"
#include "distill/evaluate/neighbours.h"
#include "distill/evaluate/watched_pairs.h"
#include "distill/report/distill_report.h"
#include "distill/student/student_encoder.h"
#include "distill/teacher/teacher_targets.h"
#include "distill/train/distill_task.h"
#include "distill/train/student_factory.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/options.h"
#include "nlp/core/path_containment.h"
#include "nlp/core/sha256.h"
#include "nlp/core/threads.h"
#include "nlp/model/state_dict.h"
#include "nlp/report/model_card.h"
#include "nlp/train/trainer.h"
#include "nlp/train/training_log.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;

constexpr size_t kNeighbourSentences = 2000;
constexpr int64_t kNeighbours = 5, kNeighbourExamples = 6;

TeacherTargetOptions target_options(const DistillOptions& options) {
  return {options.pooling, options.layers, options.max_length,
          nlp::parse_precision(options.teacher_dtype)};
}

std::vector<std::vector<int32_t>> token_ids(const nlp::Tokenizer& tokenizer,
                                            std::span<const std::string> sentences,
                                            int64_t max_length) {
  std::vector<std::vector<int32_t>> ids(sentences.size());
  parallel_for(static_cast<int64_t>(sentences.size()), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      ids[static_cast<size_t>(i)] =
          nlp::student_ids(tokenizer, sentences[static_cast<size_t>(i)], max_length);
  });
  return ids;
}

/// A random part is kept for validation; the rest is trained on.
void split(DistillData& data, int64_t count, int64_t validation_count, uint64_t seed) {
  if (count < 2 * validation_count)
    throw ConfigError("--validation-count: expected at most half of the " + std::to_string(count) +
                      " sentences, got " + std::to_string(validation_count));
  const std::vector<int64_t> order = RandomStream(seed, "split/validation").permutation(count);
  data.validation.assign(order.begin(), order.begin() + validation_count);
  data.training.assign(order.begin() + validation_count, order.end());
  std::sort(data.validation.begin(), data.validation.end());
  std::sort(data.training.begin(), data.training.end());
}

std::vector<float> mean_target(const DistillData& data) {
  const size_t width = static_cast<size_t>(data.targets->width());
  std::vector<double> sum(width, 0.0);
  std::vector<float> row(width);
  for (const int64_t i : data.training) {
    data.targets->copy_row(i, row);
    for (size_t d = 0; d < width; ++d) sum[d] += row[d];
  }
  for (size_t d = 0; d < width; ++d)
    row[d] = static_cast<float>(sum[d] / static_cast<double>(data.training.size()));
  return row;
}

std::vector<TargetBlock> target_blocks(const DistillOptions& options,
                                       const TeacherTargets& teacher) {
  std::vector<TargetBlock> blocks{{"sentence", 0, teacher.vector_width, 1.0}};
  for (const int64_t layer : options.layers)
    blocks.push_back({"layer-" + std::to_string(layer), blocks.back().begin + blocks.back().width,
                      teacher.layer_width, options.layers_weight});
  return blocks;
}

/// Everything a resumed run must share with the run that it continues.
nlohmann::ordered_json identity(const DistillOptions& options, const TeacherTargets& teacher,
                                const nlp::BiLstmConfig& student, const std::string& corpus_hash) {
  nlohmann::ordered_json json = options_to_json(options);
  for (const char* path :
       {"teacher", "text", "held_out", "output", "student_config", "glove", "pairs"})
    json.erase(path);
  json["teacher_key"] = teacher.source.key;
  json["corpus_hash"] = corpus_hash;
  json["student"] = options_to_json(student);
  if (!options.glove.empty()) json["glove_hash"] = sha256_hex_of_file(options.glove);
  if (!options.pairs.empty()) json["pairs_hash"] = sha256_hex_of_file(options.pairs);
  return json;
}

/// The parts of one run, made in order.
class Run {
 public:
  Run(const DistillOptions& options, const nlp::TrainerOptions& training, const RunContext& context)
      : options_(options),
        training_(training),
        context_(context),
        output_(options.output, context.existing == ExistingOutput::kOverwrite
                                    ? ExistingOutput::kResume
                                    : context.existing) {
    remove_unfinished_files(output_.path());
  }

  /// Whether there is something that `--resume` goes on with.
  bool has_started() const { return has_started_; }

  DistillOutcome execute() {
    read_inputs();
    if (context_.existing == ExistingOutput::kOverwrite) output_.clear();
    context_.started(output_.path());
    has_started_ = true;
    prepare();
    const nlp::TrainingResult result = train();
    // The model card is the last file of a run.
    if (result.was_finished && fs::exists(output_.path() / nlp::kModelCardFile)) {
      context_.say(output_.path().string() + ": finished already, at step " +
                   std::to_string(result.steps) + "; nothing is changed");
      return outcome(result);
    }
    write_student(result);
    return outcome(result);
  }

 private:
  /// Everything that can be wrong with files and options comes to light here.
  void read_inputs() {
    data::CorpusOptions corpus_options;
    corpus_options.limit = options_.limit;
    teacher_ = load_teacher_targets(options_.teacher, target_options(options_));
    student_config_of(options_, /*vocabulary_size=*/1, teacher_.vector_width,
                      teacher_.is_normalized);
    if (!options_.pairs.empty()) pairs_ = read_watched_pairs(options_.pairs);
    const data::HeldOutText held_out =
        data::read_held_out_text({options_.held_out.begin(), options_.held_out.end()});
    corpus_ =
        data::read_corpus({options_.text.begin(), options_.text.end()}, corpus_options, &held_out);
    split(data_, static_cast<int64_t>(corpus_.sentences.size()), options_.validation_count,
          training_.seed);
    const bool is_resumed = context_.existing == ExistingOutput::kResume;
    student_ =
        make_student(options_, corpus_.sentences, teacher_.vector_width, teacher_.is_normalized,
                     training_.seed, is_resumed ? output_.path() : fs::path());
    TeacherCache::make_folder(context_.cache / "teacher", teacher_.source);
  }

  void prepare() {
    const std::vector<std::string>& sentences = corpus_.sentences;
    keep_vocabulary(student_, output_.path());
    data_.ids = token_ids(*student_.model.tokenizer, sentences,
                          student_.model.encoder->config().max_length);
    data_.targets = std::make_shared<TeacherCache>(teacher_vectors());
    data_.target_mean = mean_target(data_);
    if (!options_.pairs.empty()) {
      data_.pairs = {token_ids(*student_.model.tokenizer, pairs_.left,
                               student_.model.encoder->config().max_length),
                     token_ids(*student_.model.tokenizer, pairs_.right,
                               student_.model.encoder->config().max_length),
                     pairs_.scores};
      teacher_spearman_ = pairs_spearman(pairs_, teacher_.source.encode, teacher_.vector_width);
    }
  }

  TeacherCache teacher_vectors() const {
    return TeacherCache::build(context_.cache / "teacher", teacher_.source, corpus_.sentences,
                               context_.progress);
  }

  nlp::TrainingResult train() {
    const fs::path control = output_.path() / kControlFolder;
    if (!fs::exists(control / "model.safetensors")) nlp::save_bilstm_model(control, student_.model);
    DistillTask task(student_.model.encoder, data_, task_options(), [this](const fs::path& folder) {
      nlp::save_bilstm_model(folder, student_.model);
    });
    nlp::TrainingLog log(output_.path());
    nlp::TrainerConnections connections;
    connections.output = output_.path();
    connections.metrics = &log;
    connections.notice = context_.notice;
    connections.progress = context_.progress;
    connections.label = "distil";
    connections.resume_line = context_.interruption_line();
    connections.identity =
        identity(options_, teacher_, student_.model.encoder->config(), corpus_hash());
    nlp::Trainer trainer(training_, task, connections);
    const nlp::TrainingResult result = trainer.run(context_.existing == ExistingOutput::kResume);
    final_ = task.evaluate();
    return result;
  }

  void write_student(const nlp::TrainingResult& result) {
    nlp::save_bilstm_model(output_.path(), student_.model);
    DistillSummary summary;
    summary.options = options_;
    summary.training = options_to_json(training_);
    summary.teacher = teacher_.description;
    summary.embedding_note = student_.embedding_note;
    summary.corpus_hash = corpus_hash();
    summary.held_out = corpus_.held_out;
    summary.sentences = static_cast<int64_t>(corpus_.sentences.size());
    summary.training_sentences = static_cast<int64_t>(data_.training.size());
    summary.steps = result.steps;
    summary.final_metrics = final_;
    summary.teacher_spearman = teacher_spearman_;
    const nlp::BiLstmConfig& config = student_.model.encoder->config();
    summary.student = "BiLSTM, " + std::to_string(config.layers) + " layer(s) x " +
                      std::to_string(config.hidden_width) + ", embeddings " +
                      std::to_string(config.embedding_width) + ", " + config.pooling + " pooling";
    summary.parameters = nlp::parameter_count(*student_.model.encoder);
    summary.embedding_parameters = student_.model.encoder->embedding_parameter_count();
    summary.neighbours = neighbours();
    write_distill_report(output_.path(), summary, context_);
  }

  DistillOutcome outcome(const nlp::TrainingResult& result) const {
    DistillOutcome outcome{static_cast<int64_t>(corpus_.sentences.size()),
                           static_cast<int64_t>(data_.training.size()), result.steps};
    outcome.was_finished = result.was_finished;
    outcome.validation_loss = final_.at("validation_loss");
    outcome.baseline_loss = final_.at("baseline_loss");
    outcome.retrieval_at_1 = final_.at("retrieval_at_1");
    return outcome;
  }

  /// Nearest neighbours among the validation sentences, the student as its users run it.
  NeighbourAgreement neighbours() const {
    std::vector<std::string> sentences;
    nlp::VectorRows teacher{0, teacher_.vector_width, {}};
    std::vector<float> row(static_cast<size_t>(data_.targets->width()));
    for (const int64_t i : data_.validation) {
      if (sentences.size() == kNeighbourSentences) break;
      sentences.push_back(corpus_.sentences[static_cast<size_t>(i)]);
      data_.targets->copy_row(i, row);
      teacher.values.insert(teacher.values.end(), row.begin(), row.begin() + teacher_.vector_width);
      ++teacher.rows;
    }
    const nlp::VectorRows student = load_student(output_.path())->encode(sentences);
    return neighbour_agreement(sentences, teacher, student, kNeighbours, kNeighbourExamples);
  }

  DistillTaskOptions task_options() const {
    DistillTaskOptions task;
    task.loss = find_loss(options_.loss);
    task.blocks = target_blocks(options_, teacher_);
    task.center = options_.center;
    task.dropout.embedding = options_.embedding_dropout;
    task.seed = training_.seed;
    return task;
  }

  std::string corpus_hash() const {
    Sha256 hash;
    for (const std::string& sentence : corpus_.sentences) hash.update(sentence + "\n");
    return hash.hex();
  }

  const DistillOptions& options_;
  nlp::TrainerOptions training_;
  const RunContext& context_;
  OutputDirectory output_;
  TeacherTargets teacher_;
  data::Corpus corpus_;
  NewStudent student_;
  DistillData data_;
  TextPairs pairs_;
  double teacher_spearman_ = 0;
  nlp::EvaluationResult final_;
  bool has_started_ = false;
};

}  // namespace

DistillOutcome distil_sentences(const DistillOptions& options, const nlp::TrainerOptions& training,
                                const RunContext& context) {
  options.validate();
  training.validate();
  require_monitor(options, training.monitor);
  require_rereadable("--student-config", options.student_config);
  require_rereadable("--glove", options.glove);
  require_rereadable("--pairs", options.pairs);
  require_outside(options.output, input_paths(options), "read");
  Run run(options, training, context);
  try {
    return run.execute();
  } catch (const Interrupted& stop) {
    if (!run.has_started()) throw;
    throw Interrupted(context.interruption_line(), stop.signal());
  }
}

}  // namespace limbeck::distill
