#pragma once

#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <string_view>
#include <vector>

#include "nlp/encode/bilstm_config.h"
#include "nlp/model/dense.h"
#include "nlp/model/lstm_layer.h"
#include "nlp/model/step_random.h"
#include "nlp/model/time_major.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

/// Dropout of the student while it trains; all probabilities in [0, 1).
struct BiLstmDropout {
  double word = 0.0;       ///< a token's whole vector
  double embedding = 0.0;  ///< embedding units, the same ones for all tokens of a sentence
  double state =
      0.0;  ///< inputs of the second and later layers, and of the pooling, the same for all tokens

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("word", self.word, "probability that a token's vector is dropped");
    visit("embedding", self.embedding,
          "probability that an embedding unit is dropped for a whole sentence");
    visit("state", self.state, "probability that a hidden unit is dropped for a whole sentence");
  }
};

/// One row a sentence, in the caller's order.
struct BiLstmOutput {
  at::Tensor pooled;  ///< (B, 2H) pooled states: what task heads read
  at::Tensor vector;  ///< (B, D) sentence vector: projected, normalised as the config says
};

/// The BiLSTM sentence encoder for training; parameters named as nlp/encode/bilstm_config.h says.
///
/// Law: a sentence's vector does not depend on what else is in the batch; results do not depend on
/// the number of threads.
class BiLstmEncoderImpl : public torch::nn::Module {
 public:
  /// All parameters zero: initialize() or load_state() follows. Throws: ConfigError.
  explicit BiLstmEncoderImpl(const BiLstmConfig& config);

  /// Embeddings normal with deviation 1/sqrt(E); LSTM uniform in 1/sqrt(H), biases 0 but 1 at the
  /// forget gate (Jozefowicz, Zaremba, Sutskever 2015, sec. 2.2); dense layers uniform in
  /// 1/sqrt(inputs). Streams "init/<name>".
  void initialize(uint64_t seed);

  /// Dropout only where `random` is given.
  BiLstmOutput forward(const TimeMajorBatch& batch, const StepRandom* random = nullptr,
                       const BiLstmDropout& dropout = {});

  const BiLstmConfig& config() const { return config_; }
  /// Tokens that the saved student reads of a text. Throws: ConfigError below 1.
  void set_max_length(int64_t tokens);
  at::Tensor embedding_table() const { return embedding_; }
  int64_t embedding_parameter_count() const { return embedding_.numel(); }

 private:
  at::Tensor pool(const at::Tensor& states, const TimeMajorBatch& batch);

  BiLstmConfig config_;
  at::Tensor embedding_;
  std::vector<LstmWeights> forward_, backward_;
  Dense attention_dense_{nullptr}, attention_score_{nullptr}, projection_{nullptr};
};
TORCH_MODULE(BiLstmEncoder);

/// Ids of a text as the student reads them: no special tokens, at most `max_length`, never none
/// (then the unknown token).
std::vector<int32_t> student_ids(const Tokenizer& tokenizer, std::string_view text,
                                 int64_t max_length);

}  // namespace limbeck::nlp
