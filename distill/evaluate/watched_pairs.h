#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// Sentence pairs with a similarity score, such as the STS benchmark.
struct TextPairs {
  std::vector<std::string> left, right;
  std::vector<double> scores;
};

/// Reads a TSV with a header that names sentence1, sentence2 and score (GLUE's STS-B files are
/// such). Throws: DataError.
TextPairs read_watched_pairs(const std::filesystem::path& file);

/// Spearman correlation of the cosine of both vectors with the score. Only the first `width` floats
/// of a row count.
double pairs_spearman(const TextPairs& pairs,
                      const std::function<nlp::VectorRows(std::span<const std::string>)>& encode,
                      int64_t width);

}  // namespace limbeck::distill
