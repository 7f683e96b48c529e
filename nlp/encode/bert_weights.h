#pragma once

#include <span>
#include <string>
#include <vector>

#include "nlp/encode/bert_config.h"
#include "nlp/encode/sentence_encoder.h"
#include "nlp/kernel/packed_matrix.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::nlp {

/// Scale and shift of a layer normalisation.
struct NormWeights {
  std::vector<float> gain, bias;
};

/// A linear layer, packed for its arithmetic.
struct LinearWeights {
  kernel::PackedMatrix matrix;
  std::vector<float> bias;
};

struct BertLayerWeights {
  LinearWeights query_key_value;  ///< (3D, D): the three projections above each other
  LinearWeights attention_output;
  NormWeights attention_norm;
  LinearWeights intermediate;
  LinearWeights output;
  NormWeights output_norm;
};

/// Float32 values of a tensor: in the mapped file where they stand there as such, else converted.
class FloatTable {
 public:
  explicit FloatTable(const TensorView& tensor);
  std::span<const float> values() const {
    return owned_.empty() ? view_ : std::span<const float>(owned_);
  }

 private:
  std::vector<float> owned_;
  std::span<const float> view_;
};

/// The weights of a Hugging Face BERT checkpoint (names: nlp/encode/bert_names.h), products packed.
class BertWeights {
 public:
  /// Throws: DataError naming file and tensor when one is missing or has another shape.
  BertWeights(const std::filesystem::path& model_directory, const BertConfig& config,
              Precision precision);

  std::span<const float> words() const { return words_.values(); }          ///< (V, D)
  std::span<const float> positions() const { return positions_.values(); }  ///< (max_positions, D)
  std::span<const float> types() const { return types_.values(); }  ///< (type_vocabulary_size, D)
  const NormWeights& embedding_norm() const { return embedding_norm_; }
  const std::vector<BertLayerWeights>& layers() const { return layers_; }
  ModelSize size() const { return size_; }

 private:
  std::string name(const std::string& suffix) const;
  std::vector<float> vector(const std::string& suffix, int64_t length);
  NormWeights norm(const std::string& suffix);
  LinearWeights linear(const std::vector<std::string>& suffixes, int64_t outputs, int64_t inputs);
  BertLayerWeights layer(int64_t index);

  BertConfig config_;
  kernel::Arithmetic arithmetic_;
  TensorStore store_;
  FloatTable words_, positions_, types_;
  ModelSize size_;
  NormWeights embedding_norm_;
  std::vector<BertLayerWeights> layers_;
};

}  // namespace limbeck::nlp
