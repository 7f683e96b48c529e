#pragma once

#include <filesystem>

#include "verify/network/weight_file.h"
#include "verify/network/word_model.h"

namespace limbeck::verify {

/// A post-norm Transformer over whole words: linear, LayerNorm, layers, tanh pooler on the first
/// word, classifier. The LayerNorm of the published ones does not divide by the deviation.
/// Source:  Xu et al. 2020, sec. 4.3 and app. (the published word-level models); position and token
///          type embeddings are in the files but the model does not use them.
struct WordTransformerOptions {
  int64_t heads = 4;  ///< attention heads of each layer; > 0 and a divisor of the width
  at::ScalarType dtype = at::kDouble;
};

/// The layers as a function of embeddings (1, T, E) to logits (1, C); `has_variance`: LayerNorm is
/// the standard one.
/// Throws: DataError when a tensor is absent; ConfigError when `heads` does not divide the width.
TensorFunction word_transformer_function(const WeightFile& weights, int64_t heads,
                                         bool has_variance = false);

/// One word a line. Throws: DataError when the file cannot be read.
std::vector<std::string> read_word_list(const std::filesystem::path& file);

/// Loads weights (safetensors; names as in BERT) and a vocabulary of one word a line.
/// Throws: DataError when a file cannot be read, a tensor is absent, or a weight is not finite.
WordModel load_word_transformer(const std::filesystem::path& weights,
                                const std::filesystem::path& vocabulary,
                                const WordTransformerOptions& options = {});

}  // namespace limbeck::verify
