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

/// The LSTM's gates are fed on the scale that its own initialisation expects, whatever the
/// teacher's is.
void rescale(at::Tensor table, double deviation) {
  const at::NoGradGuard no_gradient;
  const double mean_square = table.square().mean(at::kDouble).item<double>();
  if (mean_square > 0) table.mul_(deviation / std::sqrt(mean_square));
}

std::shared_ptr<const nlp::Tokenizer> student_tokenizer(const DistillOptions& options,
                                                        std::span<const std::string> sentences,
                                                        const fs::path& work) {
  if (!options.vocabulary_model.empty()) return nlp::load_sentencepiece(options.vocabulary_model);
  if (options.own_vocabulary == 0) return nlp::load_tokenizer(options.teacher);
  const fs::path folder = work / "vocabulary";
  if (!fs::exists(folder / "spm.model")) {
    nlp::SentencePieceTrainingOptions training;
    training.vocabulary_size = static_cast<int32_t>(options.own_vocabulary);
    training.model = options.own_vocabulary_kind;
    fs::create_directories(folder);
    write_file_atomic(folder / "spm.model",
                      nlp::train_sentencepiece(
                          std::vector<std::string>(sentences.begin(), sentences.end()), training));
  }
  return nlp::load_tokenizer(folder);
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
  student.model.tokenizer = student_tokenizer(options, sentences, work);
  const nlp::BiLstmConfig config = student_config_of(
      options, student.model.tokenizer->vocabulary_size(), teacher_width, teacher_normalizes);
  student.model.encoder = nlp::BiLstmEncoder(config);
  student.model.encoder->initialize(seed);
  student.embedding_note =
      initialize_embeddings(options, *student.model.tokenizer, student.model.encoder, seed);
  return student;
}

}  // namespace limbeck::distill
