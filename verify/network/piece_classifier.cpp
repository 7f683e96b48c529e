#include "verify/network/piece_classifier.h"

#include <ATen/ATen.h>

#include <limits>
#include <optional>

#include "nlp/core/errors.h"
#include "nlp/encode/bilstm_config.h"
#include "nlp/encode/hugging_face_head.h"
#include "verify/network/bert_classifier.h"
#include "verify/network/bilstm_classifier.h"

namespace limbeck::verify {
namespace {

nlp::HeadConfig read_head(const std::filesystem::path& directory, nlp::ModelKind kind) {
  std::optional<nlp::HeadConfig> head = nlp::read_head_config(directory);
  if (!head && kind == nlp::ModelKind::kBert) head = nlp::read_hugging_face_head(directory);
  const std::string where = directory.string() + ": ";
  if (!head)
    throw DataError(where + "the model has no task head (make one with `limbeck finetune`)");
  if (head->pair)
    throw DataError(where + "expected a classifier of single sentences, got one of pairs");
  if (head->regression) throw DataError(where + "expected a classifier, got a regression");
  return *head;
}

WordModel bert_model(const std::filesystem::path& directory, const nlp::BertConfig& config,
                     const nlp::SentencePooling& pooling, at::ScalarType dtype) {
  const WeightFile weights(directory, dtype);
  return {bert_word_table(weights), bert_classifier_function(weights, config, pooling)};
}

WordModel bilstm_model(const std::filesystem::path& directory, const nlp::BiLstmConfig& config,
                       at::ScalarType dtype) {
  const WeightFile weights(directory, dtype);
  return {weights.at("embeddings.weight"), bilstm_classifier_function(weights, config.pooling)};
}

}  // namespace

PieceClassifier load_piece_classifier(const std::filesystem::path& directory,
                                      at::ScalarType dtype) {
  const nlp::ModelKind kind = nlp::model_kind(directory);
  std::vector<std::string> labels = read_head(directory, kind).labels;
  std::shared_ptr<const nlp::Tokenizer> tokenizer = nlp::load_tokenizer(directory);
  if (kind == nlp::ModelKind::kBert) {
    const nlp::BertConfig config = nlp::read_bert_config(directory);
    const nlp::SentencePooling pooling = nlp::read_sentence_pooling(directory, config);
    return {bert_model(directory, config, pooling, dtype), std::move(tokenizer), std::move(labels),
            static_cast<int32_t>(pooling.max_length), /*has_special_tokens=*/true};
  }
  const nlp::BiLstmConfig config = nlp::read_bilstm_config(directory);
  constexpr int64_t kMostSpecialTokens = 2;
  const int64_t longest = std::min<int64_t>(config.max_length + kMostSpecialTokens,
                                            std::numeric_limits<int32_t>::max());
  return {bilstm_model(directory, config, dtype), std::move(tokenizer), std::move(labels),
          static_cast<int32_t>(longest), /*has_special_tokens=*/false};
}

}  // namespace limbeck::verify
