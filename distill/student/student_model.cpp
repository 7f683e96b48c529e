#include "distill/student/student_model.h"

#include <algorithm>
#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/threads.h"

namespace limbeck::distill::detail {
namespace {

/// Sentences of one thread's batch: four of the largest tiles; more only grows the buffers out of
/// the cache.
constexpr int64_t kMostSentences = 24;

int64_t balanced_batch(int64_t sentences) {
  const int64_t threads = thread_count();
  int64_t batches = (sentences + kMostSentences - 1) / kMostSentences;
  batches = (batches + threads - 1) / threads * threads;
  return std::max<int64_t>(1, (sentences + batches - 1) / batches);
}

/// v / max(||v||, 1e-12), as torch.nn.functional.normalize.
void normalize(std::span<float> values) {
  double sum = 0.0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  const auto inverse = static_cast<float>(1.0 / std::max(std::sqrt(sum), 1e-12));
  for (float& value : values) value *= inverse;
}

}  // namespace

StudentModel::StudentModel(const std::filesystem::path& directory, nlp::Precision precision)
    : config_(nlp::read_bilstm_config(directory)),
      precision_(precision),
      tokenizer_(nlp::load_tokenizer(directory)) {
  if (tokenizer_->vocabulary_size() > config_.vocabulary_size)
    throw DataError(directory.string() + ": the tokenizer has " +
                    std::to_string(tokenizer_->vocabulary_size()) + " ids, config.json only " +
                    std::to_string(config_.vocabulary_size) + " embeddings (files of two models?)");
  const nlp::Encoding example = tokenizer_->encode("a", std::nullopt, 16);
  const auto& special = example.special_mask;
  const auto first = std::find(special.begin(), special.end(), uint8_t{0}) - special.begin();
  const auto last =
      std::find(special.rbegin(), special.rend(), uint8_t{0}).base() - special.begin();
  prefix_.assign(example.ids.begin(), example.ids.begin() + first);
  suffix_.assign(example.ids.begin() + std::max(first, last), example.ids.end());

  const nlp::TensorStore store = nlp::TensorStore::open(directory);
  store.require_finite();
  embeddings_ = std::make_unique<EmbeddingTable>(
      store.at("embeddings.weight", {config_.vocabulary_size, config_.embedding_width}), precision);
  for (int64_t layer = 0; layer < config_.layers; ++layer)
    layers_.emplace_back(store, config_, layer, precision);
  pooling_ = std::make_unique<Pooling>(store, config_, precision);
  if (config_.projection_width == 0) return;
  const int64_t outputs = config_.projection_width, inputs = config_.pooled_width();
  PanelOrder order = plain_order(outputs, inputs);
  order.columns = padded_columns(2, config_.hidden_width);
  projection_ = Linear(nlp::to_float32(store.at("projection.weight", {outputs, inputs})), inputs,
                       nlp::to_float32(store.at("projection.bias", {outputs})), order, precision);
}

std::vector<int32_t> StudentModel::content_ids(std::span<const int32_t> ids) const {
  const bool framed = ids.size() >= prefix_.size() + suffix_.size() &&
                      std::equal(prefix_.begin(), prefix_.end(), ids.begin()) &&
                      std::equal(suffix_.rbegin(), suffix_.rend(), ids.rbegin());
  if (framed) ids = ids.subspan(prefix_.size(), ids.size() - prefix_.size() - suffix_.size());
  ids = ids.first(std::min(ids.size(), static_cast<size_t>(config_.max_length)));
  for (const int32_t id : ids)
    if (id < 0 || id >= config_.vocabulary_size)
      throw ShapeError("student: token id " + std::to_string(id) + " is not in 0 .. " +
                       std::to_string(config_.vocabulary_size - 1));
  if (ids.empty()) return {tokenizer_->unknown_id()};
  return {ids.begin(), ids.end()};
}

std::vector<int32_t> StudentModel::token_ids(std::string_view text) const {
  std::vector<int32_t> ids;
  tokenizer_->append_ids(text, std::nullopt,
                         static_cast<int32_t>(config_.max_length) + special_tokens(), ids);
  return content_ids(ids);
}

nlp::VectorRows StudentModel::pooled(std::span<const std::vector<int32_t>> ids) const {
  return run(ids, false);
}

nlp::VectorRows StudentModel::vectors(std::span<const std::vector<int32_t>> ids) const {
  return run(ids, true);
}

nlp::VectorRows StudentModel::run(std::span<const std::vector<int32_t>> ids, bool projected) const {
  std::vector<std::vector<int32_t>> content;
  std::vector<int64_t> lengths;
  for (const std::vector<int32_t>& sentence : ids) {
    content.push_back(content_ids(sentence));
    lengths.push_back(static_cast<int64_t>(content.back().size()));
  }
  Rows out;
  out.rows = static_cast<int64_t>(ids.size());
  out.width = projected ? config_.vector_width() : config_.pooled_width();
  out.values.resize(static_cast<size_t>(out.rows * out.width));
  if (ids.empty()) return out;
  const std::vector<TimeMajorBatch> batches = time_major_batches(lengths, balanced_batch(out.rows));
  parallel_for(static_cast<int64_t>(batches.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      stop_if_interrupted();
      run_batch(batches[static_cast<size_t>(b)], content, projected, out);
    }
  });
  return out;
}

ActivationRows StudentModel::input_rows(const TimeMajorBatch& batch,
                                        const std::vector<std::vector<int32_t>>& ids,
                                        Workspace& space) const {
  std::vector<int32_t> tokens(static_cast<size_t>(batch.rows()));
  for (int64_t s = 0; s < batch.sentences(); ++s) {
    const auto& sentence = ids[static_cast<size_t>(batch.order[static_cast<size_t>(s)])];
    for (size_t t = 0; t < sentence.size(); ++t)
      tokens[static_cast<size_t>(batch.row(s, static_cast<int64_t>(t)))] = sentence[t];
  }
  return embeddings_->gather(tokens, space);
}

void StudentModel::run_batch(const TimeMajorBatch& batch,
                             const std::vector<std::vector<int32_t>>& ids, bool projected,
                             Rows& out) const {
  Workspace& space = workspace();
  const int64_t hidden = padded_width(config_.hidden_width), width = 2 * hidden;
  ActivationRows input = input_rows(batch, ids, space);
  float* states = nullptr;
  for (size_t layer = 0; layer < layers_.size(); ++layer) {
    if (layer > 0 && precision_ == nlp::Precision::kInt8)
      input = space.input_bytes.quantize(states, width, batch.rows(), width);
    else if (layer > 0)
      input = {batch.rows(), width, states, nullptr, nullptr};
    states = space.states[layer % 2].at_least(batch.rows() * width);
    layers_[layer].run(batch, input, states, space);
  }
  const int64_t sentences = batch.sentences();
  float* pooled = space.pooled.at_least(sentences * width);
  pooling_->run(batch, states, pooled, space);
  const bool project = projected && config_.projection_width > 0;
  float* projection = nullptr;
  if (project) {
    projection = space.out.at_least(sentences * projection_.outputs());
    projection_.apply(pooled, width, sentences, projection, space.input_bytes);
  }
  for (int64_t s = 0; s < sentences; ++s) {
    std::span<float> row = out.row(batch.order[static_cast<size_t>(s)]);
    if (project) {
      std::copy_n(projection + s * projection_.outputs(), row.size(), row.begin());
    } else {
      const int64_t half = config_.hidden_width;
      std::copy_n(pooled + s * width, half, row.begin());
      std::copy_n(pooled + s * width + hidden, half, row.begin() + half);
    }
    if (projected && config_.normalize) normalize(row);
  }
}

nlp::ModelSize StudentModel::size() const {
  nlp::ModelSize size;
  size.embedding_parameters = config_.vocabulary_size * config_.embedding_width;
  size.parameters = config_.parameter_count();
  size.bytes = embeddings_->bytes() + pooling_->bytes();
  for (const BiLstmLayer& layer : layers_) size.bytes += layer.bytes();
  if (config_.projection_width > 0) size.bytes += projection_.bytes();
  return size;
}

}  // namespace limbeck::distill::detail
