#include "nlp/encode/sentence_encoder.h"

#include <algorithm>
#include <numeric>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/threads.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kGrainSentences = 16;

std::vector<std::vector<int32_t>> tokenize(const SentenceEncoder& encoder,
                                           std::span<const std::string> sentences) {
  std::vector<std::vector<int32_t>> ids(sentences.size());
  parallel_for(
      static_cast<int64_t>(sentences.size()), kGrainSentences, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i)
          encoder.tokenizer().append_ids(sentences[static_cast<size_t>(i)], std::nullopt,
                                         encoder.max_length(), ids[static_cast<size_t>(i)]);
      });
  return ids;
}

}  // namespace

Precision parse_precision(std::string_view text) {
  if (text == "float32") return Precision::kFloat32;
  if (text == "bfloat16") return Precision::kBFloat16;
  if (text == "int8") return Precision::kInt8;
  throw ConfigError("dtype: expected float32, bfloat16 or int8, got '" + std::string(text) + "'");
}

VectorRows SentenceEncoder::encode(std::span<const std::string> sentences,
                                   int64_t batch_size) const {
  if (batch_size < 1)
    throw ConfigError("batch-size: expected at least 1, got " + std::to_string(batch_size));
  std::vector<std::vector<int32_t>> ids = tokenize(*this, sentences);
  std::vector<size_t> order(ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ids[a].size() > ids[b].size(); });

  VectorRows vectors{static_cast<int64_t>(sentences.size()), width(), {}};
  vectors.values.resize(sentences.size() * static_cast<size_t>(width()));
  std::vector<std::vector<int32_t>> batch;
  for (size_t begin = 0; begin < order.size(); begin += static_cast<size_t>(batch_size)) {
    stop_if_interrupted();
    const size_t end = std::min(order.size(), begin + static_cast<size_t>(batch_size));
    batch.clear();
    for (size_t i = begin; i < end; ++i) batch.push_back(std::move(ids[order[i]]));
    const VectorRows part = encode_ids(batch);
    for (size_t i = begin; i < end; ++i)
      std::ranges::copy(part.row(static_cast<int64_t>(i - begin)),
                        vectors.row(static_cast<int64_t>(order[i])).begin());
  }
  return vectors;
}

}  // namespace limbeck::nlp
