#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>

#include "nlp/tensor/safetensors.h"
#include "nlp/text/tokenizer.h"

/// First values of a student's embedding table.
namespace limbeck::nlp {

/// Rows of `table` (V, D), centred, in the basis of their first `width` principal components, in
/// double: (V, width) float32.
///
/// Law:     the sign of each component is such that its entry of greatest magnitude is positive;
/// equal input gives equal bits. Throws:  ConfigError unless 1 <= width <= D; DataError when the
/// table has values that are not finite.
at::Tensor principal_components(const at::Tensor& table, int64_t width);

/// Fills a student's table (V, E) with the principal components of a teacher's (V, D), E <= D.
/// Throws: ConfigError when E > D or the tables have different numbers of rows; DataError.
void init_from_teacher_table(const at::Tensor& table, const TensorView& teacher_table);

/// How many word pieces got a vector from where.
struct GloveCoverage {
  int64_t pieces = 0;    ///< of the vocabulary
  int64_t found = 0;     ///< pieces that are a word of the file
  int64_t averaged = 0;  ///< pieces that occur only inside words of the file: mean of their vectors
  int64_t random = 0;    ///< all others: normal, with the deviation of the file's values
  int64_t words_in_file = 0;
};

/// Reads a text file of word vectors (GloVe: `word v1 ... vE` a line; a word2vec header line is
/// skipped) into `table` (V, E). The first vector of a piece counts. Stream:
/// "init/embeddings.weight". Throws: DataError `file:line: expected a word and E numbers, got ...`,
/// or when the file is empty.
GloveCoverage init_from_glove(const at::Tensor& table, const std::filesystem::path& file,
                              const Tokenizer& tokenizer, uint64_t seed);

}  // namespace limbeck::nlp
