#include "nlp/encode/bert_weights.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/encode/bert_names.h"

namespace limbeck::nlp {
namespace {

kernel::Arithmetic arithmetic_of(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return kernel::Arithmetic::kFloat32;
    case Precision::kBFloat16:
      return kernel::Arithmetic::kBFloat16;
    case Precision::kInt8:
      break;
  }
  return kernel::Arithmetic::kInt8;
}

constexpr const char* kPositions = "embeddings.position_embeddings.weight";
constexpr const char* kTypes = "embeddings.token_type_embeddings.weight";

void append(std::vector<float>& values, const TensorView& tensor) {
  const std::vector<float> more = to_float32(tensor);
  values.insert(values.end(), more.begin(), more.end());
}

}  // namespace

FloatTable::FloatTable(const TensorView& tensor) {
  const bool usable = tensor.dtype == Dtype::kF32 &&
                      reinterpret_cast<uintptr_t>(tensor.bytes.data()) % alignof(float) == 0;
  if (usable)
    view_ = tensor.float32();
  else
    owned_ = to_float32(tensor);
}

BertWeights::BertWeights(const std::filesystem::path& model_directory, const BertConfig& config,
                         Precision precision)
    : config_(config),
      arithmetic_(arithmetic_of(precision)),
      store_(TensorStore::open(model_directory)),
      words_(store_.at(name(kBertWordTable), {config.vocabulary_size, config.hidden_size})),
      positions_(store_.at(name(kPositions), {config.max_positions, config.hidden_size})),
      types_(store_.at(name(kTypes), {config.type_vocabulary_size, config.hidden_size})) {
  store_.require_finite();
  size_.embedding_parameters =
      static_cast<int64_t>(words().size() + positions().size() + types().size());
  size_.parameters = size_.embedding_parameters;
  size_.bytes = size_.embedding_parameters * static_cast<int64_t>(sizeof(float));
  embedding_norm_ = norm("embeddings.LayerNorm");
  for (int64_t index = 0; index < config.layers; ++index) layers_.push_back(layer(index));
}

std::string BertWeights::name(const std::string& suffix) const {
  return bert_tensor_name(store_, suffix);
}

std::vector<float> BertWeights::vector(const std::string& suffix, int64_t length) {
  size_.parameters += length;
  size_.bytes += length * static_cast<int64_t>(sizeof(float));
  return to_float32(store_.at(name(suffix), {length}));
}

NormWeights BertWeights::norm(const std::string& suffix) {
  return {vector(suffix + ".weight", config_.hidden_size),
          vector(suffix + ".bias", config_.hidden_size)};
}

LinearWeights BertWeights::linear(const std::vector<std::string>& suffixes, int64_t outputs,
                                  int64_t inputs) {
  std::vector<float> weights, bias;
  for (const std::string& suffix : suffixes) {
    append(weights, store_.at(name(suffix + ".weight"), {outputs, inputs}));
    const std::vector<float> part = vector(suffix + ".bias", outputs);
    bias.insert(bias.end(), part.begin(), part.end());
  }
  const int64_t rows = outputs * static_cast<int64_t>(suffixes.size());
  size_.parameters += rows * inputs;
  LinearWeights linear{kernel::PackedMatrix(arithmetic_, weights.data(), rows, inputs, inputs),
                       std::move(bias)};
  size_.bytes += linear.matrix.bytes();
  return linear;
}

BertLayerWeights BertWeights::layer(int64_t index) {
  const std::string at = "encoder.layer." + std::to_string(index) + ".";
  const std::string self = at + "attention.self.";
  const int64_t width = config_.hidden_size, wide = config_.intermediate_size;
  BertLayerWeights layer;
  layer.query_key_value = linear({self + "query", self + "key", self + "value"}, width, width);
  layer.attention_output = linear({at + "attention.output.dense"}, width, width);
  layer.attention_norm = norm(at + "attention.output.LayerNorm");
  layer.intermediate = linear({at + "intermediate.dense"}, wide, width);
  layer.output = linear({at + "output.dense"}, width, wide);
  layer.output_norm = norm(at + "output.LayerNorm");
  return layer;
}

}  // namespace limbeck::nlp
