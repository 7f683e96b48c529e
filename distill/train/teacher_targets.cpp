#include "distill/train/teacher_targets.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>

#include "nlp/core/errors.h"
#include "nlp/core/sha256.h"
#include "nlp/core/threads.h"
#include "nlp/encode/bilstm_config.h"
#include "nlp/model/model_directory.h"

namespace limbeck::distill {
namespace {

constexpr size_t kBatchTokens = 4096;

struct Teacher {
  nlp::BertModel model;
  std::vector<int64_t> layers;
};

std::vector<std::vector<int32_t>> tokenize(const Teacher& teacher,
                                           std::span<const std::string> sentences) {
  std::vector<std::vector<int32_t>> ids(sentences.size());
  parallel_for(static_cast<int64_t>(sentences.size()), 256, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      teacher.model.tokenizer->append_ids(sentences[static_cast<size_t>(i)], std::nullopt,
                                          static_cast<int32_t>(teacher.model.pooling.max_length),
                                          ids[static_cast<size_t>(i)]);
  });
  return ids;
}

at::Tensor target_rows(const Teacher& teacher, std::span<const std::vector<int32_t>> ids) {
  const nlp::PackedBatch batch = nlp::pack_batch(ids);
  nlp::BertEncoder encoder = teacher.model.encoder;
  const nlp::BertHidden hidden = encoder->forward(batch, nullptr, !teacher.layers.empty());
  std::vector<at::Tensor> parts{
      nlp::BertEncoderImpl::pool(hidden.last, batch, teacher.model.pooling)};
  for (const int64_t layer : teacher.layers)
    parts.push_back(nlp::BertEncoderImpl::pool(hidden.layers[static_cast<size_t>(layer)], batch,
                                               {"mean", false, 0}));
  return at::cat(parts, 1).contiguous();
}

/// Sorted by length, in batches of about kBatchTokens tokens; rows come back in the caller's order.
nlp::VectorRows encode(const Teacher& teacher, std::span<const std::string> sentences,
                       int64_t width) {
  const torch::InferenceMode inference;
  const std::vector<std::vector<int32_t>> ids = tokenize(teacher, sentences);
  std::vector<size_t> order(ids.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ids[a].size() > ids[b].size(); });
  nlp::VectorRows rows{static_cast<int64_t>(ids.size()), width,
                       std::vector<float>(ids.size() * static_cast<size_t>(width))};
  for (size_t begin = 0; begin < order.size();) {
    std::vector<std::vector<int32_t>> batch;
    size_t tokens = 0, end = begin;
    while (end < order.size() && (batch.empty() || tokens < kBatchTokens)) {
      batch.push_back(ids[order[end]]);
      tokens += batch.back().size();
      ++end;
    }
    const at::Tensor part = target_rows(teacher, batch);
    const float* data = part.const_data_ptr<float>();
    for (size_t i = begin; i < end; ++i)
      std::copy_n(data + static_cast<int64_t>(i - begin) * width, width,
                  rows.row(static_cast<int64_t>(order[i])).data());
    begin = end;
  }
  return rows;
}

std::shared_ptr<Teacher> load(const std::filesystem::path& directory,
                              const TeacherTargetOptions& options) {
  auto teacher = std::make_shared<Teacher>();
  if (nlp::model_kind(directory) != nlp::ModelKind::kBert)
    throw UnsupportedError(directory.string() + ": expected a BERT model as the teacher");
  teacher->model = nlp::load_bert_model(directory);
  teacher->model.encoder->eval();
  const nlp::BertConfig& config = teacher->model.encoder->config();
  nlp::SentencePooling& pooling = teacher->model.pooling;
  if (options.pooling != "model") pooling.mode = options.pooling;
  pooling.max_length = std::min(pooling.max_length, options.max_length);
  for (const int64_t layer : options.layers)
    if (layer > config.layers)
      throw ConfigError("--layers: expected 1 to " + std::to_string(config.layers) + ", got " +
                        std::to_string(layer));
  teacher->layers = options.layers;
  return teacher;
}

}  // namespace

TeacherTargets load_teacher_targets(const std::filesystem::path& directory,
                                    const TeacherTargetOptions& options) {
  const std::shared_ptr<Teacher> teacher = load(directory, options);
  TeacherTargets targets;
  targets.vector_width = teacher->model.encoder->config().hidden_size;
  targets.is_normalized = teacher->model.pooling.normalize;
  targets.description = "BERT, " + std::to_string(teacher->model.encoder->config().layers) +
                        " layers x " +
                        std::to_string(teacher->model.encoder->config().hidden_size) + ", " +
                        teacher->model.pooling.mode + " pooling";
  const int64_t width = targets.vector_width * static_cast<int64_t>(1 + options.layers.size());
  std::string settings =
      "v1 " + teacher->model.pooling.mode + " " + std::to_string(teacher->model.pooling.max_length);
  for (const int64_t layer : options.layers) settings += " " + std::to_string(layer);
  targets.source.key = sha256_hex(model_directory_key(directory) + settings).substr(0, 32);
  targets.source.width = width;
  targets.source.encode = [teacher, width](std::span<const std::string> sentences) {
    return encode(*teacher, sentences, width);
  };
  return targets;
}

}  // namespace limbeck::distill
