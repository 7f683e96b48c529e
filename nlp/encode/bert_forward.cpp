#include "nlp/encode/bert_forward.h"

#include <algorithm>
#include <cmath>

#include "nlp/core/threads.h"
#include "nlp/kernel/attention.h"
#include "nlp/kernel/layer_norm.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kGrainValues = 1 << 15;  ///< of a norm: about 10 microseconds of one core
constexpr int64_t kGrainScores = 1 << 11;  ///< of attention: about 5 microseconds
constexpr int64_t kReadBeyond = 32;        ///< attention may read past its last value

/// Buffers and sizes of one forward pass.
struct Pass {
  const BertConfig& config;
  std::span<const TokenSpan> sentences;
  std::vector<int64_t> begins;  ///< first row of each sentence, then the number of rows
  int64_t rows, width;
  float *states, *sums, *projections, *context, *intermediate;
};

Pass start(const BertConfig& config, std::span<const TokenSpan> sentences,
           BertWorkspace& workspace) {
  std::vector<int64_t> begins{0};
  for (const TokenSpan& sentence : sentences) begins.push_back(begins.back() + sentence.length);
  const int64_t rows = begins.back(), width = config.hidden_size;
  return {config,
          sentences,
          std::move(begins),
          rows,
          width,
          workspace.states.reserve<float>(rows * width),
          workspace.sums.reserve<float>(rows * width),
          workspace.projections.reserve<float>(3 * rows * width + kReadBeyond),
          workspace.context.reserve<float>(rows * width),
          workspace.intermediate.reserve<float>(rows * config.intermediate_size)};
}

void normalise(const Pass& pass, const NormWeights& norm, const float* in, float* out) {
  parallel_for(pass.rows, 1 + kGrainValues / pass.width, [&](int64_t begin, int64_t end) {
    kernel::layer_norm(end - begin, pass.width, in + begin * pass.width, pass.width,
                       norm.gain.data(), norm.bias.data(),
                       static_cast<float>(pass.config.layer_norm_epsilon), out + begin * pass.width,
                       pass.width);
  });
}

void embed(const Pass& pass, const BertWeights& weights) {
  for (size_t s = 0; s < pass.sentences.size(); ++s) {
    const TokenSpan& sentence = pass.sentences[s];
    float* row = pass.sums + pass.begins[s] * pass.width;
    for (int64_t t = 0; t < sentence.length; ++t, row += pass.width) {
      const float* word = weights.words().data() + sentence.ids[t] * pass.width;
      const float* position = weights.positions().data() + t * pass.width;
      const float* type = weights.types().data() +
                          (sentence.type_ids != nullptr ? sentence.type_ids[t] : 0) * pass.width;
      for (int64_t j = 0; j < pass.width; ++j) row[j] = word[j] + type[j] + position[j];
    }
  }
  normalise(pass, weights.embedding_norm(), pass.sums, pass.states);
}

void attend(const Pass& pass) {
  const int64_t heads = pass.config.heads, stride = 3 * pass.width;
  const int64_t mean_length = 1 + pass.rows / static_cast<int64_t>(pass.sentences.size());
  const int64_t grain = 1 + kGrainScores / (mean_length * mean_length);
  parallel_for(
      heads * static_cast<int64_t>(pass.sentences.size()), grain, [&](int64_t begin, int64_t end) {
        for (int64_t at = begin; at < end;) {
          const int64_t s = at / heads, head = at % heads, last = std::min(heads, head + end - at);
          const float* rows = pass.projections + pass.begins[s] * stride;
          kernel::self_attention({pass.sentences[s].length, pass.config.head_width(),
                                  1.0f / std::sqrt(static_cast<float>(pass.config.head_width())),
                                  rows, rows + pass.width, rows + 2 * pass.width, stride,
                                  pass.context + pass.begins[s] * pass.width, pass.width},
                                 head, last);
          at += last - head;
        }
      });
}

void linear(const Pass& pass, const LinearWeights& weights, const float* in,
            kernel::Activation activation, const float* residual, float* out) {
  const int64_t outputs = weights.matrix.outputs();
  kernel::multiply(weights.matrix, pass.rows, in, weights.matrix.inputs(),
                   {weights.bias.data(), activation, residual, outputs}, out, outputs);
}

kernel::Activation activation_of(const BertConfig& config) {
  if (config.activation == "gelu_new") return kernel::Activation::kGeluTanh;
  return config.activation == "relu" ? kernel::Activation::kRelu : kernel::Activation::kGelu;
}

void run_layer(const Pass& pass, const BertLayerWeights& layer) {
  using kernel::Activation;
  linear(pass, layer.query_key_value, pass.states, Activation::kNone, nullptr, pass.projections);
  attend(pass);
  linear(pass, layer.attention_output, pass.context, Activation::kNone, pass.states, pass.sums);
  normalise(pass, layer.attention_norm, pass.sums, pass.states);
  linear(pass, layer.intermediate, pass.states, activation_of(pass.config), nullptr,
         pass.intermediate);
  linear(pass, layer.output, pass.intermediate, Activation::kNone, pass.states, pass.sums);
  normalise(pass, layer.output_norm, pass.sums, pass.states);
}

}  // namespace

float* bert_forward(const BertConfig& config, const BertWeights& weights,
                    std::span<const TokenSpan> sentences, BertWorkspace& workspace,
                    const LayerStates& after_layer) {
  const Pass pass = start(config, sentences, workspace);
  embed(pass, weights);
  int64_t number = 0;
  for (const BertLayerWeights& layer : weights.layers()) {
    run_layer(pass, layer);
    ++number;
    if (after_layer) after_layer(number, pass.states);
  }
  return pass.states;
}

}  // namespace limbeck::nlp
