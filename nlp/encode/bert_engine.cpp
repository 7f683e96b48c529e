#include "nlp/encode/bert_engine.h"

#include <algorithm>
#include <functional>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/encode/bert_forward.h"
#include "nlp/encode/bilstm_config.h"
#include "nlp/encode/token_pooling.h"

namespace limbeck::nlp {
namespace {

/// Tokens that one thread takes through the layers at once: weights are read once for them,
/// activations stay in its cache.
constexpr int64_t kGroupTokens = 192;

std::filesystem::path checked_directory(const std::filesystem::path& directory) {
  if (model_kind(directory) != ModelKind::kBert)
    throw UnsupportedError((directory / "config.json").string() +
                           ": expected model_type 'bert' (a student is loaded elsewhere)");
  return directory;
}

void check_table(const char* what, int64_t rows, size_t sentence,
                 const std::vector<int32_t>& values) {
  for (const int32_t value : values)
    if (value < 0 || value >= rows)
      throw ShapeError("encode: sentence " + std::to_string(sentence) + ": expected " + what +
                       " of 0 to " + std::to_string(rows - 1) + ", got " + std::to_string(value));
}

std::vector<TokenSpan> checked_spans(const BertConfig& config, const TokenBatch& batch) {
  if (!batch.type_ids.empty() && batch.type_ids.size() != batch.ids.size())
    throw ShapeError("encode: expected type ids of " + std::to_string(batch.ids.size()) +
                     " sentences, got " + std::to_string(batch.type_ids.size()));
  std::vector<TokenSpan> spans;
  for (size_t s = 0; s < batch.ids.size(); ++s) {
    const int64_t length = static_cast<int64_t>(batch.ids[s].size());
    if (length < 1 || length > config.max_positions)
      throw ShapeError("encode: sentence " + std::to_string(s) + ": expected 1 to " +
                       std::to_string(config.max_positions) + " tokens, got " +
                       std::to_string(length));
    check_table("ids", config.vocabulary_size, s, batch.ids[s]);
    spans.push_back({batch.ids[s].data(), nullptr, length});
    if (batch.type_ids.empty()) continue;
    if (batch.type_ids[s].size() != batch.ids[s].size())
      throw ShapeError("encode: sentence " + std::to_string(s) + ": expected " +
                       std::to_string(length) + " type ids, got " +
                       std::to_string(batch.type_ids[s].size()));
    check_table("type ids", config.type_vocabulary_size, s, batch.type_ids[s]);
    spans.back().type_ids = batch.type_ids[s].data();
  }
  return spans;
}

/// Ends of groups of neighbouring sentences with near-equal token counts, a multiple of `threads`
/// of them.
std::vector<size_t> group_ends(std::span<const TokenSpan> spans, int64_t tokens, int threads) {
  const int64_t rounds =
      std::max<int64_t>(1, (tokens + kGroupTokens * threads / 2) / (kGroupTokens * threads));
  const int64_t groups = rounds * threads;
  std::vector<size_t> ends;
  int64_t before = 0;
  for (size_t s = 0; s < spans.size(); ++s) {
    before += spans[s].length;
    const int64_t due = tokens * (static_cast<int64_t>(ends.size()) + 1) / groups;
    if (before >= due || s + 1 == spans.size()) ends.push_back(s + 1);
  }
  return ends;
}

/// The calling thread's own buffers.
BertWorkspace& thread_workspace() {
  static thread_local BertWorkspace workspace;
  return workspace;
}

/// What is done with a sentence's states after a layer (1 = first).
using States = std::function<void(size_t sentence, int64_t layer, const float* states)>;

/// Runs all layers and hands each sentence's states after each layer to `take` (from several
/// threads).
void for_each_layer(const BertConfig& config, const BertWeights& weights,
                    std::span<const TokenSpan> spans, const States& take) {
  int64_t tokens = 0;
  for (const TokenSpan& span : spans) tokens += span.length;
  const auto run = [&](size_t begin, size_t end) {
    bert_forward(config, weights, spans.subspan(begin, end - begin), thread_workspace(),
                 [&](int64_t layer, const float* states) {
                   for (size_t s = begin; s < end; ++s) {
                     take(s, layer, states);
                     states += spans[s].length * config.hidden_size;
                   }
                 });
  };
  const int threads = thread_count();
  if (tokens < threads * kGroupTokens / 2) {
    if (!spans.empty()) run(0, spans.size());
    return;
  }
  const std::vector<size_t> ends = group_ends(spans, tokens, threads);
  parallel_for(static_cast<int64_t>(ends.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group)
      run(group == 0 ? 0 : ends[static_cast<size_t>(group) - 1], ends[static_cast<size_t>(group)]);
  });
}

/// The same for the states after the last layer alone.
void for_each_sentence(const BertConfig& config, const BertWeights& weights,
                       std::span<const TokenSpan> spans,
                       const std::function<void(size_t, const float*)>& take) {
  for_each_layer(config, weights, spans, [&](size_t s, int64_t layer, const float* states) {
    if (layer == config.layers) take(s, states);
  });
}

}  // namespace

BertEngine::BertEngine(const std::filesystem::path& model_directory, Precision precision)
    : config_(read_bert_config(checked_directory(model_directory))),
      pooling_(read_sentence_pooling(model_directory, config_)),
      tokenizer_(load_tokenizer(model_directory)),
      weights_(model_directory, config_, precision),
      dense_(pooling_.dense) {}

ModelSize BertEngine::size() const {
  ModelSize size = weights_.size();
  size.parameters += dense_.size().parameters;
  size.bytes += dense_.size().bytes;
  return size;
}

std::string BertEngine::description() const {
  return "BERT, " + std::to_string(config_.layers) +
         (config_.layers == 1 ? " layer x " : " layers x ") + std::to_string(config_.hidden_size);
}

VectorRows BertEngine::encode_ids(std::span<const std::vector<int32_t>> ids) const {
  return encode_batch({ids, {}});
}

VectorRows BertEngine::encode_batch(const TokenBatch& batch) const {
  return encode_layers(batch, pooling_, {});
}

VectorRows BertEngine::encode_layers(const TokenBatch& batch, const SentencePooling& pooling,
                                     std::span<const int64_t> layers) const {
  for (const int64_t layer : layers)
    if (layer < 1 || layer > config_.layers)
      throw ConfigError("layers: expected 1 to " + std::to_string(config_.layers) + ", got " +
                        std::to_string(layer));
  const std::vector<TokenSpan> spans = checked_spans(config_, batch);
  const int64_t hidden = config_.hidden_size, count = static_cast<int64_t>(spans.size());
  const auto rows_of = [&](int64_t width) {
    return VectorRows{count, width, std::vector<float>(static_cast<size_t>(count * width))};
  };
  VectorRows vectors = rows_of(pooling.pooled_width(hidden));
  VectorRows means = rows_of(hidden * static_cast<int64_t>(layers.size()));
  const SentencePooling mean;
  for_each_layer(config_, weights_, spans, [&](size_t s, int64_t layer, const float* states) {
    const auto row = static_cast<int64_t>(s);
    if (layer == config_.layers)
      pool_tokens(pooling, spans[s].length, hidden, states, vectors.row(row).data());
    for (size_t k = 0; k < layers.size(); ++k)
      if (layers[k] == layer)
        pool_tokens(mean, spans[s].length, hidden, states,
                    means.row(row).data() + static_cast<int64_t>(k) * hidden);
  });
  if (!pooling.dense.empty()) vectors = dense_.apply(std::move(vectors));
  if (layers.empty()) return vectors;
  VectorRows rows = rows_of(vectors.width + means.width);
  for (int64_t row = 0; row < count; ++row) {
    const auto after = std::ranges::copy(vectors.row(row), rows.row(row).begin()).out;
    std::ranges::copy(means.row(row), after);
  }
  return rows;
}

VectorRows BertEngine::last_hidden_state(const TokenBatch& batch) const {
  const std::vector<TokenSpan> spans = checked_spans(config_, batch);
  std::vector<int64_t> begins{0};
  for (const TokenSpan& span : spans) begins.push_back(begins.back() + span.length);
  const int64_t width = config_.hidden_size;
  VectorRows rows{begins.back(), width, {}};
  rows.values.resize(static_cast<size_t>(begins.back() * width));
  for_each_sentence(config_, weights_, spans, [&](size_t s, const float* states) {
    std::copy_n(states, spans[s].length * width, rows.values.data() + begins[s] * width);
  });
  return rows;
}

std::unique_ptr<SentenceEncoder> load_bert_engine(const std::filesystem::path& model_directory,
                                                  Precision precision) {
  return std::make_unique<BertEngine>(model_directory, precision);
}

}  // namespace limbeck::nlp
