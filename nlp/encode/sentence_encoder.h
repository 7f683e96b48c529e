#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

/// N row vectors of width D, row-major.
struct VectorRows {
  int64_t rows = 0, width = 0;
  std::vector<float> values;
  std::span<float> row(int64_t i) {
    return {values.data() + i * width, static_cast<size_t>(width)};
  }
  std::span<const float> row(int64_t i) const {
    return {values.data() + i * width, static_cast<size_t>(width)};
  }
};

/// Arithmetic of inference. Weights are converted on load; activations are quantised per row for
/// int8.
enum class Precision { kFloat32, kBFloat16, kInt8 };

/// Throws: ConfigError naming float32, bfloat16 and int8.
Precision parse_precision(std::string_view text);

/// Sizes of a model, for the compression report.
struct ModelSize {
  int64_t parameters = 0;            ///< all
  int64_t embedding_parameters = 0;  ///< of these, in embedding tables
  int64_t bytes = 0;                 ///< of the weights as held in memory at this precision
};

/// Sentences to vectors, for inference; the teacher (BERT) and the student (BiLSTM) behind one
/// interface.
///
/// Law: a sentence's vector does not depend on what else is in the batch (<= 2e-6), nor on the
/// number of threads.
class SentenceEncoder {
 public:
  virtual ~SentenceEncoder() = default;
  virtual int64_t width() const = 0;
  virtual int32_t max_length() const = 0;  ///< tokens kept of a sentence, special tokens included
  virtual const Tokenizer& tokenizer() const = 0;
  virtual ModelSize size() const = 0;
  virtual std::string description() const = 0;  ///< "BERT, 6 layers x 384", "BiLSTM, 1 layer x 256"

  /// Vectors of already tokenized sentences, in order. Empty id lists are an error (ShapeError).
  virtual VectorRows encode_ids(std::span<const std::vector<int32_t>> ids) const = 0;

  /// Tokenizes (in parallel), sorts by length, encodes in batches of at most `batch_size`
  /// sentences. Throws: Interrupted between batches.
  VectorRows encode(std::span<const std::string> sentences, int64_t batch_size = 64) const;
};

}  // namespace limbeck::nlp
