#include "distill/teacher/teacher_targets.h"

#include <algorithm>
#include <numeric>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "nlp/core/sha256.h"
#include "nlp/core/threads.h"
#include "nlp/encode/bert_engine.h"

namespace limbeck::distill {
namespace {

constexpr size_t kBatchTokens = 16384;

struct Teacher {
  nlp::BertEngine engine;
  nlp::SentencePooling pooling;
  std::vector<int64_t> layers;
};

std::vector<std::vector<int32_t>> tokenize(const Teacher& teacher,
                                           std::span<const std::string> sentences) {
  std::vector<std::vector<int32_t>> ids(sentences.size());
  parallel_for(static_cast<int64_t>(sentences.size()), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      teacher.engine.tokenizer().append_ids(sentences[static_cast<size_t>(i)], std::nullopt,
                                            static_cast<int32_t>(teacher.pooling.max_length),
                                            ids[static_cast<size_t>(i)]);
  });
  return ids;
}

/// Sorted by length, in batches of about kBatchTokens tokens; rows come back in the caller's order.
nlp::VectorRows encode(const Teacher& teacher, std::span<const std::string> sentences,
                       int64_t width) {
  const std::vector<std::vector<int32_t>> ids = tokenize(teacher, sentences);
  std::vector<size_t> order(ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ids[a].size() > ids[b].size(); });
  nlp::VectorRows rows{static_cast<int64_t>(ids.size()), width,
                       std::vector<float>(ids.size() * static_cast<size_t>(width))};
  for (size_t begin = 0; begin < order.size();) {
    stop_if_interrupted();
    std::vector<std::vector<int32_t>> batch;
    size_t tokens = 0, end = begin;
    for (; end < order.size() && tokens < kBatchTokens; ++end) {
      batch.push_back(ids[order[end]]);
      tokens += batch.back().size();
    }
    const nlp::VectorRows part =
        teacher.engine.encode_layers({batch, {}}, teacher.pooling, teacher.layers);
    for (size_t i = begin; i < end; ++i)
      std::ranges::copy(part.row(static_cast<int64_t>(i - begin)),
                        rows.row(static_cast<int64_t>(order[i])).begin());
    begin = end;
  }
  return rows;
}

std::shared_ptr<Teacher> load(const std::filesystem::path& directory,
                              const TeacherTargetOptions& options) {
  auto teacher = std::make_shared<Teacher>(
      Teacher{nlp::BertEngine(directory, options.precision), {}, options.layers});
  teacher->pooling = teacher->engine.pooling();
  if (options.pooling != "model") {
    teacher->pooling.modes = {options.pooling};
    teacher->pooling.dense.clear();
  }
  teacher->pooling.max_length = std::min(teacher->pooling.max_length, options.max_length);
  for (const int64_t layer : options.layers)
    if (layer > teacher->engine.config().layers)
      throw ConfigError("--layers: expected 1 to " +
                        std::to_string(teacher->engine.config().layers) + ", got " +
                        std::to_string(layer));
  return teacher;
}

}  // namespace

TeacherTargets load_teacher_targets(const std::filesystem::path& directory,
                                    const TeacherTargetOptions& options) {
  const std::shared_ptr<Teacher> teacher = load(directory, options);
  TeacherTargets targets;
  targets.layer_width = teacher->engine.config().hidden_size;
  targets.vector_width = teacher->pooling.vector_width(targets.layer_width);
  targets.is_normalized = teacher->pooling.ends_normalized();
  const std::string pooling = teacher->pooling.description();
  targets.description = teacher->engine.description() + ", " + pooling + " pooling";
  const int64_t width =
      targets.vector_width + targets.layer_width * static_cast<int64_t>(options.layers.size());
  std::string settings = std::string(" ") + pooling + " " +
                         std::to_string(teacher->pooling.max_length) + " " +
                         std::to_string(static_cast<int>(options.precision));
  for (const int64_t layer : options.layers) settings += " " + std::to_string(layer);
  targets.source.key = sha256_hex(model_directory_key(directory) + settings).substr(0, 32);
  targets.source.width = width;
  targets.source.encode = [teacher, width](std::span<const std::string> sentences) {
    return encode(*teacher, sentences, width);
  };
  return targets;
}

}  // namespace limbeck::distill
