#include "distill/train/student_factory.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/encode/bert_names.h"
#include "nlp/model/embedding_init.h"
#include "nlp/tensor/safetensors.h"
#include "nlp/text/sentencepiece.h"

namespace limbeck::distill {
namespace {

namespace fs = std::filesystem;

constexpr double kEmbeddingDeviation = 0.5;
constexpr const char* kVocabularyFile = "vocabulary/spm.model";

/// The LSTM's gates are fed on the scale that its own initialisation expects, whatever the
/// teacher's is.
void rescale(at::Tensor table, double deviation) {
  const at::NoGradGuard no_gradient;
  const double mean_square = table.square().mean(at::kDouble).item<double>();
  if (mean_square > 0) table.mul_(deviation / std::sqrt(mean_square));
}

/// What an earlier start of the run has learnt, empty when there is none.
std::string kept_vocabulary(const fs::path& work) {
  const fs::path file = work / kVocabularyFile;
  return !work.empty() && fs::exists(file) ? read_file(file) : "";
}

std::string learn_vocabulary(const DistillOptions& options,
                             std::span<const std::string> sentences) {
  nlp::SentencePieceTrainingOptions training;
  training.vocabulary_size = static_cast<int32_t>(options.own_vocabulary);  // validated
  training.model = options.own_vocabulary_kind;
  return nlp::train_sentencepiece(std::vector<std::string>(sentences.begin(), sentences.end()),
                                  training);
}

std::shared_ptr<const nlp::Tokenizer> own_tokenizer(const DistillOptions& options,
                                                    std::span<const std::string> sentences,
                                                    const fs::path& work, std::string& vocabulary) {
  vocabulary = kept_vocabulary(work);
  if (vocabulary.empty()) vocabulary = learn_vocabulary(options, sentences);
  return nlp::parse_sentencepiece(vocabulary, (work / kVocabularyFile).string());
}

std::string initialize_embeddings(const DistillOptions& options, const nlp::Tokenizer& tokenizer,
                                  nlp::BiLstmEncoder& encoder, uint64_t seed) {
  if (options.embedding_init == "teacher") {
    const nlp::TensorStore store = nlp::TensorStore::open(options.teacher);
    nlp::init_from_teacher_table(encoder->embedding_table(),
                                 store.at(nlp::bert_tensor_name(store, nlp::kBertWordTable)));
    rescale(encoder->embedding_table(), kEmbeddingDeviation);
    return "principal components of the teacher's embedding table";
  }
  if (options.embedding_init == "glove") {
    const nlp::GloveCoverage coverage =
        nlp::init_from_glove(encoder->embedding_table(), options.glove, tokenizer, seed);
    return "GloVe, " + std::to_string(coverage.found) + " of " + std::to_string(coverage.pieces) +
           " pieces found";
  }
  return "random";
}

}  // namespace

nlp::BiLstmConfig student_config_of(const DistillOptions& options, int64_t vocabulary_size,
                                    int64_t teacher_width, bool teacher_normalizes) {
  nlp::BiLstmConfig config;
  config.projection_width = teacher_width;
  config.normalize = teacher_normalizes;
  config.max_length = options.max_length;
  if (!options.student_config.empty())
    options_from_json(config, read_json_file(options.student_config), options.student_config);
  config.vocabulary_size = vocabulary_size;
  config.validate();
  if (config.vector_width() != teacher_width)
    throw ConfigError(
        options.student_config + ": key 'projection_width': expected the teacher's width " +
        std::to_string(teacher_width) + ", got " + std::to_string(config.projection_width));
  return config;
}

NewStudent make_student(const DistillOptions& options, std::span<const std::string> sentences,
                        int64_t teacher_width, bool teacher_normalizes, uint64_t seed,
                        const fs::path& work) {
  NewStudent student;
  if (!options.vocabulary_model.empty())
    student.model.tokenizer = nlp::load_sentencepiece(options.vocabulary_model);
  else if (options.own_vocabulary > 0)
    student.model.tokenizer = own_tokenizer(options, sentences, work, student.vocabulary);
  else
    student.model.tokenizer = nlp::load_tokenizer(options.teacher);
  const nlp::BiLstmConfig config = student_config_of(
      options, student.model.tokenizer->vocabulary_size(), teacher_width, teacher_normalizes);
  student.model.encoder = nlp::BiLstmEncoder(config);
  student.model.encoder->initialize(seed);
  student.embedding_note =
      initialize_embeddings(options, *student.model.tokenizer, student.model.encoder, seed);
  return student;
}

void keep_vocabulary(const NewStudent& student, const fs::path& work) {
  const fs::path file = work / kVocabularyFile;
  if (student.vocabulary.empty() || fs::exists(file)) return;
  fs::create_directories(file.parent_path());
  write_file_atomic(file, student.vocabulary);
}

}  // namespace limbeck::distill
