#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "distill/student/bilstm_layer.h"
#include "distill/student/embedding_table.h"
#include "distill/student/pooling.h"
#include "nlp/encode/bilstm_config.h"
#include "nlp/encode/sentence_encoder.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::distill::detail {

/// The whole student: token ids to pooled states and to sentence vectors.
class StudentModel {
 public:
  /// Throws: DataError for a missing file, tensor or key, a wrong shape, or a tokenizer with more
  /// ids than embeddings.
  StudentModel(const std::filesystem::path& directory, nlp::Precision precision);

  /// Pooled states (sentences, 2H), before projection and norm.
  nlp::VectorRows pooled(std::span<const std::vector<int32_t>> ids) const;
  /// Sentence vectors (sentences, vector_width()).
  nlp::VectorRows vectors(std::span<const std::vector<int32_t>> ids) const;

  /// Ids without the special tokens around a sentence, at most max_length of them; the unknown
  /// token when none is left. A special token inside (a text that spells "[SEP]") stays, as in
  /// training. Throws: ShapeError for an id outside the embedding table.
  std::vector<int32_t> content_ids(std::span<const int32_t> ids) const;
  /// Token ids of `text`, ready for pooled() and vectors().
  std::vector<int32_t> token_ids(std::string_view text) const;

  const nlp::BiLstmConfig& config() const { return config_; }
  const nlp::Tokenizer& tokenizer() const { return *tokenizer_; }
  /// Tokens that the tokenizer adds around a sentence.
  int32_t special_tokens() const { return static_cast<int32_t>(prefix_.size() + suffix_.size()); }
  nlp::ModelSize size() const;

 private:
  using Rows = nlp::VectorRows;
  Rows run(std::span<const std::vector<int32_t>> ids, bool projected) const;
  void run_batch(const TimeMajorBatch& batch, const std::vector<std::vector<int32_t>>& ids,
                 bool projected, Rows& out) const;
  ActivationRows input_rows(const TimeMajorBatch& batch,
                            const std::vector<std::vector<int32_t>>& ids, Workspace& space) const;

  nlp::BiLstmConfig config_;
  nlp::Precision precision_;
  std::unique_ptr<nlp::Tokenizer> tokenizer_;
  std::vector<int32_t> prefix_, suffix_;
  std::unique_ptr<EmbeddingTable> embeddings_;
  std::vector<BiLstmLayer> layers_;
  std::unique_ptr<Pooling> pooling_;
  Linear projection_;
};

}  // namespace limbeck::distill::detail
