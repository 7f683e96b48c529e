#include "distill/evaluate/compare_models.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <sstream>

#include "data/corpus.h"
#include "data/task.h"
#include "distill/evaluate/neighbours.h"
#include "distill/evaluate/retrieval.h"
#include "distill/evaluate/task_evaluation.h"
#include "distill/report/compression_report.h"
#include "distill/report/distill_report.h"
#include "nlp/core/errors.h"
#include "nlp/core/output_directory.h"
#include "nlp/core/path_containment.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;

constexpr double kTimingSeconds = 1.5;
constexpr size_t kTimedSentences = 1000, kNeighbourSentences = 1000;
constexpr int64_t kNeighbours = 5, kNeighbourExamples = 6;

/// What is compared on: plain sentences, or examples of a task.
struct ComparisonData {
  std::vector<std::string> sentences;
  data::Task task;
  std::vector<data::Example> examples;  ///< empty for plain sentences
};

/// Whether a first line is the header of a table: a column is named label or score, and nothing but
/// that.
bool has_columns(const std::string& header) {
  std::vector<std::string> names;
  std::stringstream line(header);
  for (std::string name; std::getline(line, name, '\t');) names.push_back(name);
  return names.size() > 1 && std::ranges::any_of(names, [](const std::string& name) {
           return name == "label" || name == "score";
         });
}

std::string first_line(const fs::path& file) {
  data::CorpusOptions options;
  options.limit = 1;
  return data::read_corpus({file}, options).sentences.front();
}

/// The task of a labelled file: the one that the teacher was fine-tuned on, or scored pairs.
data::Task task_of(const CompareOptions& options) {
  if (!options.task.empty()) return data::find_task(options.task);
  if (const auto head = find_task_head(options.teacher)) return task_of_head(*head);
  return scored_pairs();
}

ComparisonData load(const CompareOptions& options) {
  ComparisonData loaded;
  if (options.task.empty() && !has_columns(first_line(options.data))) {
    data::CorpusOptions corpus;
    corpus.limit = options.limit;
    loaded.sentences = data::read_corpus({options.data}, corpus).sentences;
    return loaded;
  }
  loaded.task = task_of(options);
  loaded.examples = load_evaluation_examples(loaded.task, options.glue_dir, options.data);
  if (options.limit > 0 && static_cast<int64_t>(loaded.examples.size()) > options.limit)
    loaded.examples.resize(static_cast<size_t>(options.limit));
  for (const data::Example& example : loaded.examples) loaded.sentences.push_back(example.text);
  return loaded;
}

struct Candidate {
  std::string name, group;
  fs::path directory;
  nlp::Precision precision;
};

std::vector<Candidate> candidates(const CompareOptions& options) {
  std::vector<Candidate> list;
  for (const std::string& dtype : options.teacher_dtypes)
    list.push_back({"teacher, " + dtype, "teacher", options.teacher, nlp::parse_precision(dtype)});
  for (const std::string& dtype : options.student_dtypes)
    list.push_back({"student, " + dtype, "student", options.student, nlp::parse_precision(dtype)});
  const fs::path control = options.control.empty() ? fs::path(options.student) / kControlFolder
                                                   : fs::path(options.control);
  if (!options.control.empty() || fs::exists(control / "config.json"))
    list.push_back({"control, float32", "control", control, nlp::Precision::kFloat32});
  return list;
}

class Comparer {
 public:
  Comparer(const CompareOptions& options, const RunContext& context)
      : options_(options), context_(context), data_(load(options)) {}

  Comparison execute() {
    const std::vector<Candidate> list = candidates(options_);
    if (list.empty() || list.front().group != "teacher")
      throw ConfigError("--teacher-dtypes: expected at least one of float32, bfloat16, int8");
    require_apart(list);
    // --overwrite: what is there is replaced only when the new report is whole.
    OutputDirectory output(options_.output, context_.existing == ExistingOutput::kOverwrite
                                                ? ExistingOutput::kResume
                                                : context_.existing);
    comparison_.examples = static_cast<int64_t>(data_.sentences.size());
    comparison_.score_name = score_name();
    for (const Candidate& candidate : list) comparison_.models.push_back(measure(candidate));
    const NeighbourAgreement neighbours = student_neighbours(list);
    comparison_.neighbour_overlap = neighbours.overlap;
    comparison_.is_passed = passes();
    write(output, neighbours);
    return comparison_;
  }

 private:
  /// A report that cannot be written leaves what was there.
  void write(OutputDirectory& output, const NeighbourAgreement& neighbours) const {
    const fs::path building = output.path() / ".compare.new";
    fs::remove_all(building);
    fs::create_directory(building);
    try {
      write_compression_report(building, options_, comparison_, neighbours, context_);
      output.replace_by(building);
    } catch (...) {
      std::error_code ignored;
      fs::remove_all(building, ignored);
      throw;
    }
  }

  /// Replacing the output must not remove what is compared.
  void require_apart(const std::vector<Candidate>& list) const {
    std::vector<fs::path> inputs = {options_.data};
    for (const Candidate& candidate : list) inputs.push_back(candidate.directory);
    require_outside(options_.output, inputs, "compared");
  }

  std::string score_name() const {
    if (data_.examples.empty()) return "cosine to the teacher's vector";
    const bool has_head = find_task_head(options_.teacher).has_value();
    return data_.task.name + " " + data_.task.metrics.front() + (has_head ? "" : " of the cosine");
  }

  ComparedModel measure(const Candidate& candidate) {
    const auto encoder = load_sentence_encoder(candidate.directory, candidate.precision);
    ComparedModel model{
        candidate.name, candidate.group, encoder->description(), encoder->size(), {}, 0};
    const auto timed =
        std::span(data_.sentences).first(std::min(kTimedSentences, data_.sentences.size()));
    model.timing = time_encoder(*encoder, timed, kTimingSeconds);
    model.score = data_.examples.empty() ? mean_cosine(*encoder)
                                         : evaluate_task(candidate.directory, candidate.precision,
                                                         data_.task, data_.examples)
                                               .value();
    return model;
  }

  /// Mean cosine to the teacher's float32 vectors.
  double mean_cosine(const nlp::SentenceEncoder& encoder) {
    if (teacher_vectors_.rows == 0)
      teacher_vectors_ = load_sentence_encoder(options_.teacher, nlp::Precision::kFloat32)
                             ->encode(data_.sentences);
    if (encoder.width() != teacher_vectors_.width)
      throw DataError(options_.student + ": expected vectors of the teacher's width " +
                      std::to_string(teacher_vectors_.width) + ", got " +
                      std::to_string(encoder.width()));
    const std::vector<double> cosines =
        row_cosines(encoder.encode(data_.sentences), teacher_vectors_);
    return std::accumulate(cosines.begin(), cosines.end(), 0.0) /
           static_cast<double>(cosines.size());
  }

  NeighbourAgreement student_neighbours(const std::vector<Candidate>& list) const {
    const auto sentences =
        std::span(data_.sentences).first(std::min(kNeighbourSentences, data_.sentences.size()));
    const auto student = std::find_if(list.begin(), list.end(),
                                      [](const Candidate& c) { return c.group == "student"; });
    if (student == list.end() || sentences.size() < 2) return {};
    const nlp::VectorRows teacher =
        load_sentence_encoder(options_.teacher, nlp::Precision::kFloat32)->encode(sentences);
    return neighbour_agreement(
        sentences, teacher,
        load_sentence_encoder(student->directory, student->precision)->encode(sentences),
        kNeighbours, kNeighbourExamples);
  }

  bool passes() const {
    const double least = options_.min_relative_score * comparison_.models.front().score;
    return options_.min_relative_score <= 0 ||
           std::all_of(comparison_.models.begin(), comparison_.models.end(),
                       [&](const ComparedModel& model) {
                         return model.group != "student" || model.score >= least;
                       });
  }

  const CompareOptions& options_;
  const RunContext& context_;
  ComparisonData data_;
  Comparison comparison_;
  nlp::VectorRows teacher_vectors_;
};

/// A pipe, what is no model and one of another kind are refused before any data is read.
void require_inputs(const CompareOptions& options) {
  require_rereadable("--data", options.data);
  for (const std::string* directory : {&options.teacher, &options.student, &options.control})
    if (!directory->empty()) nlp::model_kind(*directory);
}

}  // namespace

Comparison compare_models(const CompareOptions& options, const RunContext& context) {
  if (options.teacher.empty()) throw ConfigError("--teacher: expected a teacher directory");
  if (options.student.empty()) throw ConfigError("--student: expected a student directory");
  if (options.output.empty()) throw ConfigError("--output: expected a directory to write");
  if (options.data.empty() == options.task.empty())
    throw ConfigError("--data: expected either --data FILE or --task NAME");
  if (options.min_relative_score < 0 || options.min_relative_score > 1)
    throw ConfigError("--min-relative-score: expected 0 to 1, got " +
                      std::to_string(options.min_relative_score));
  require_inputs(options);
  return Comparer(options, context).execute();
}

}  // namespace limbeck::distill
