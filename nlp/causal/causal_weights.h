#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nlp/causal/causal_config.h"
#include "nlp/causal/causal_linear.h"
#include "nlp/causal/weight_source.h"

namespace limbeck::nlp {

/// Gain and, for LayerNorm, bias of a normalisation.
struct CausalNorm {
  std::vector<float> gain, bias;
};

struct CausalLayer {
  CausalNorm attention_norm;
  CausalLinear query_key_value;   ///< ((H + 2 KV) d, D): the three projections above each other
  CausalLinear attention_output;  ///< (D, H d)
  CausalNorm feed_forward_norm;
  CausalLinear up;    ///< Llama: (2 F, D), the gate above the up projection; GPT-2: (F, D)
  CausalLinear down;  ///< (D, F)
};

/// All weights of a causal language model, products packed in one format. Rows of the
/// embedding table stay as the file stores them and are read one by one.
class CausalWeights {
 public:
  /// Throws: DataError naming file and tensor when one is missing or has another shape.
  CausalWeights(std::shared_ptr<const WeightSource> source, const CausalConfig& config,
                WeightFormat format);

  /// Row `id` of the embedding table (D).
  void embed(int32_t id, float* out) const { source_->copy_row(embedding_, {v_, d_}, id, out); }
  const std::vector<float>& positions() const { return positions_; }  ///< GPT-2: (max_positions, D)
  const std::vector<CausalLayer>& layers() const { return layers_; }
  const CausalNorm& final_norm() const { return final_norm_; }
  const CausalLinear& head() const { return head_; }  ///< (V, D), often the embedding table
  int64_t parameters() const { return parameters_; }  ///< a table that is used twice counts once
  int64_t bytes() const { return bytes_; }            ///< of the packed weights
  std::string storage() const { return source_->storage(); }

 private:
  std::vector<float> vector(const std::string& name, int64_t length);
  CausalNorm norm(const std::string& name);
  CausalLinear linear(const std::vector<std::string>& names, const std::vector<int64_t>& outputs,
                      int64_t inputs);
  CausalLayer layer(int64_t index);

  std::shared_ptr<const WeightSource> source_;
  CausalConfig config_;
  WeightFormat format_;
  int64_t v_, d_;
  int64_t parameters_ = 0, bytes_ = 0;
  std::string embedding_;
  std::vector<float> positions_;
  std::vector<CausalLayer> layers_;
  CausalNorm final_norm_;
  CausalLinear head_;
};

}  // namespace limbeck::nlp
