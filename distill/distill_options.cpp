#include "distill/distill_options.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>

#include "nlp/core/errors.h"

namespace limbeck::distill {
namespace {

constexpr int64_t kMostPieces = 1'000'000;  // of SentencePiece training

void require_one_of(const char* option, const std::string& value,
                    std::initializer_list<const char*> known) {
  std::string list;
  for (const char* word : known) {
    if (value == word) return;
    list += (list.empty() ? "" : ", ") + std::string(word);
  }
  throw ConfigError(std::string("--") + option + ": expected one of " + list + ", got '" + value +
                    "'");
}

void require(bool holds, const char* option, const char* expected, const std::string& got) {
  if (!holds)
    throw ConfigError(std::string("--") + option + ": expected " + expected + ", got " + got);
}

}  // namespace

void DistillOptions::validate() const {
  if (teacher.empty())
    throw ConfigError("--teacher: expected a BERT model directory (see `limbeck assets fetch`)");
  if (text.empty()) throw ConfigError("--text: expected at least one file of sentences");
  if (output.empty()) throw ConfigError("--output: expected a directory for the student");
  require_one_of("loss", loss, {"cosine", "mse", "huber"});
  require_one_of("pooling", pooling, {"model", "cls", "mean", "max"});
  require_one_of("embedding-init", embedding_init, {"random", "teacher", "glove"});
  require_one_of("teacher-dtype", teacher_dtype, {"float32", "bfloat16", "int8"});
  require_one_of("own-vocabulary-kind", own_vocabulary_kind, {"unigram", "bpe"});
  require(embedding_init != "glove" || !glove.empty(), "glove", "a file for --embedding-init glove",
          "nothing");
  require(own_vocabulary == 0 || vocabulary_model.empty(), "vocabulary-model",
          "either --own-vocabulary or --vocabulary-model", "both");
  require(embedding_init != "teacher" || (own_vocabulary == 0 && vocabulary_model.empty()),
          "embedding-init",
          "random or glove with --own-vocabulary and --vocabulary-model (the teacher's table has "
          "other pieces)",
          "teacher");
  require(own_vocabulary == 0 || (own_vocabulary >= 64 && own_vocabulary <= kMostPieces),
          "own-vocabulary", "0 or 64 to 1000000", std::to_string(own_vocabulary));
  require(max_length >= 3 && max_length <= 512, "max-length", "3 to 512",
          std::to_string(max_length));
  require(limit >= 0, "limit", "0 or more", std::to_string(limit));
  require(validation_count >= 1, "validation-count", "at least 1",
          std::to_string(validation_count));
  require(layers_weight >= 0 && std::isfinite(layers_weight), "layers-weight", "0 or more",
          std::to_string(layers_weight));
  require(embedding_dropout >= 0 && embedding_dropout < 1, "embedding-dropout", "0 <= p < 1",
          std::to_string(embedding_dropout));
  require(std::all_of(layers.begin(), layers.end(), [](int64_t layer) { return layer >= 1; }),
          "layers", "numbers of teacher layers from 1", "one below 1");
}

void require_monitor(const DistillOptions& options, const std::string& monitor) {
  if (monitor.empty()) return;
  if (options.pairs.empty())
    require_one_of("monitor", monitor, {"validation_loss", "retrieval_at_1"});
  else
    require_one_of("monitor", monitor, {"validation_loss", "retrieval_at_1", "pairs_spearman"});
}

std::vector<std::filesystem::path> input_paths(const DistillOptions& options) {
  std::vector<std::filesystem::path> paths{options.teacher};
  for (const auto* list : {&options.text, &options.held_out})
    paths.insert(paths.end(), list->begin(), list->end());
  paths.insert(paths.end(),
               {options.student_config, options.glove, options.vocabulary_model, options.pairs});
  return paths;
}

}  // namespace limbeck::distill
