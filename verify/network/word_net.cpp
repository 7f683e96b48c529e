#include "verify/network/word_net.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <set>
#include <tuple>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/core/random_stream.h"
#include "nlp/tensor/safetensors.h"
#include "verify/network/word_lstm.h"
#include "verify/network/word_transformer.h"

namespace limbeck::verify {
namespace {

constexpr const char* kModelType = "limbeck_word_net";
constexpr const char* kWeightFile = "model.safetensors";
constexpr const char* kVocabularyFile = "vocab.txt";

/// Shape of every weight, by name.
using Shapes = std::map<std::string, std::vector<int64_t>>;

void add_dense(Shapes& shapes, const std::string& name, int64_t out, int64_t in) {
  shapes[name + ".weight"] = {out, in};
  shapes[name + ".bias"] = {out};
}

void add_norm(Shapes& shapes, const std::string& name, int64_t width) {
  shapes[name + ".weight"] = {width};
  shapes[name + ".bias"] = {width};
}

Shapes transformer_shapes(const WordNetConfig& c, int64_t words) {
  Shapes shapes = {{"embeddings.word_embeddings.weight", {words, c.width}}};
  add_dense(shapes, "linear_in", c.width, c.width), add_norm(shapes, "LayerNorm", c.width);
  for (int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "bert.encoder.layer." + std::to_string(i) + ".";
    for (const char* part : {"query", "key", "value"})
      add_dense(shapes, layer + "attention.self." + part, c.width, c.width);
    add_dense(shapes, layer + "attention.output.dense", c.width, c.width);
    add_norm(shapes, layer + "attention.output.LayerNorm", c.width);
    add_dense(shapes, layer + "intermediate.dense", c.feed_forward, c.width);
    add_dense(shapes, layer + "output.dense", c.width, c.feed_forward);
    add_norm(shapes, layer + "output.LayerNorm", c.width);
  }
  add_dense(shapes, "bert.pooler.dense", c.width, c.width);
  add_dense(shapes, "classifier", c.classes, c.width);
  return shapes;
}

Shapes lstm_shapes(const WordNetConfig& c, int64_t words) {
  Shapes shapes = {{"embeddings.weight", {words, c.width}}};
  for (int64_t i = 0; i < c.layers; ++i)
    for (const char* direction : {"", "_reverse"}) {
      const std::string suffix = "_l" + std::to_string(i) + direction;
      shapes["lstm.weight_ih" + suffix] = {4 * c.width, i == 0 ? c.width : 2 * c.width};
      shapes["lstm.weight_hh" + suffix] = {4 * c.width, c.width};
      shapes["lstm.bias_ih" + suffix] = {4 * c.width};
      shapes["lstm.bias_hh" + suffix] = {4 * c.width};
    }
  add_dense(shapes, "head.out", c.classes, 2 * c.width);
  return shapes;
}

Shapes shapes_of(const WordNetConfig& config, int64_t words) {
  if (config.architecture == "bag_of_words")
    return {{"embeddings.weight", {words, config.embedding_width()}}};
  return config.architecture == "lstm" ? lstm_shapes(config, words)
                                       : transformer_shapes(config, words);
}

constexpr double kEmbeddingDeviation = 0.05;
constexpr double kNoiseOfStart = 0.2;  // of random embeddings that is kept beside those of a bag

/// Matrices uniform in 2 / inputs, embeddings normal, scales of LayerNorm 1, biases 0. The absolute
/// weights of a row then sum to 1 on average, so that intervals neither grow nor vanish from layer
/// to layer when training starts; with the usual 1 / sqrt(inputs) they grow fourfold in each.
/// Source:  Shi et al. 2021 (fast certified training), sec. 3.2, the idea.
at::Tensor first_values(const std::string& name, const std::vector<int64_t>& shape, uint64_t seed) {
  if (shape.size() == 1) return name.ends_with("Norm.weight") ? at::ones(shape) : at::zeros(shape);
  at::Tensor tensor = at::empty(shape, at::kFloat);
  RandomStream stream(seed, "init/" + name);
  const double bound = 2 / static_cast<double>(shape[1]);
  const bool is_table = name.starts_with("embeddings.");
  float* values = tensor.data_ptr<float>();
  for (int64_t i = 0; i < tensor.numel(); ++i)
    values[i] = static_cast<float>(is_table ? kEmbeddingDeviation * stream.normal()
                                            : bound * (2 * stream.uniform() - 1));
  return tensor;
}

std::string text_of_words(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  return text;
}

}  // namespace

WordNet::WordNet(WordNetConfig config, std::vector<std::string> vocabulary, uint64_t seed)
    : config_(std::move(config)), vocabulary_(std::move(vocabulary)) {
  config_.validate();
  for (const auto& [name, shape] : shapes_of(config_, static_cast<int64_t>(vocabulary_.size())))
    weights_[name] = first_values(name, shape, seed).requires_grad_();
}

WordNet::WordNet(WordNetConfig config, std::vector<std::string> vocabulary,
                 std::map<std::string, at::Tensor> weights)
    : config_(std::move(config)),
      vocabulary_(std::move(vocabulary)),
      weights_(std::move(weights)) {}

void WordNet::start_from(const WordNet& bag, uint64_t seed) {
  const at::NoGradGuard no_gradient;
  const at::Tensor rows = bag.weights_.at(bag.embedding_name());
  if (bag.config_.architecture != "bag_of_words" || rows.size(1) != config_.classes ||
      bag.vocabulary_ != vocabulary_)
    throw ConfigError("word net: expected a bag of the same words and classes to start from");
  const at::Tensor table = weights_.at(embedding_name());
  const at::Tensor told = rows - rows.mean(1, /*keepdim=*/true);
  at::Tensor directions = at::empty({config_.classes, table.size(1)}, at::kFloat);
  RandomStream stream(seed, "init/directions");
  float* values = directions.data_ptr<float>();
  for (int64_t i = 0; i < directions.numel(); ++i) values[i] = static_cast<float>(stream.normal());
  const at::Tensor start = at::matmul(told, directions);
  const at::Tensor deviation = start.std().clamp_min(1e-12);
  table.mul_(kNoiseOfStart).add_(start * (kEmbeddingDeviation / deviation));
}

void WordNet::share(const std::vector<std::vector<int64_t>>& neighbours, double amount) {
  std::vector<std::set<int64_t>> mutual(vocabulary_.size());
  for (size_t i = 0; i < neighbours.size(); ++i)
    for (const int64_t j : neighbours[i]) {
      if (j == static_cast<int64_t>(i)) continue;
      mutual[i].insert(j);
      mutual[static_cast<size_t>(j)].insert(static_cast<int64_t>(i));
    }
  std::vector<int64_t> rows, starts;
  std::vector<float> amounts;
  for (size_t i = 0; i < mutual.size(); ++i) {
    starts.push_back(static_cast<int64_t>(rows.size()));
    rows.push_back(static_cast<int64_t>(i));
    amounts.push_back(static_cast<float>(mutual[i].empty() ? 1 : 1 - amount));
    for (const int64_t j : mutual[i]) {
      rows.push_back(j);
      amounts.push_back(static_cast<float>(amount / static_cast<double>(mutual[i].size())));
    }
  }
  shared_rows_ = at::tensor(rows, at::kLong);
  shared_starts_ = at::tensor(starts, at::kLong);
  shared_amounts_ = at::tensor(amounts, at::kFloat);
}

at::Tensor WordNet::embeddings() const {
  constexpr int64_t kSum = 0;
  const at::Tensor& table = weights_.at(embedding_name());
  if (!shared_rows_.defined()) return table;
  return std::get<0>(at::embedding_bag(table, shared_rows_, shared_starts_,
                                       /*scale_grad_by_freq=*/false, kSum, /*sparse=*/false,
                                       shared_amounts_, /*include_last_offset=*/false,
                                       /*padding_idx=*/std::nullopt));
}

WordNet WordNet::load(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "config.json";
  nlohmann::json json = read_json_file(file);
  if (!json.is_object() || json.value("model_type", nlohmann::json()) != kModelType)
    throw DataError(file.string() + ": expected model_type '" + kModelType + "'");
  json.erase("model_type");
  WordNetConfig config;
  try {
    options_from_json(config, json, file.string());
    config.validate();
  } catch (const ConfigError& error) {
    throw DataError(error.what());
  }
  std::vector<std::string> words = read_word_list(directory / kVocabularyFile);
  const WeightFile stored(directory / kWeightFile, at::kFloat);
  std::map<std::string, at::Tensor> weights;
  for (const auto& [name, shape] : shapes_of(config, static_cast<int64_t>(words.size()))) {
    const at::Tensor& tensor = stored.at(name);
    if (tensor.sizes() != at::IntArrayRef(shape))
      throw DataError((directory / kWeightFile).string() + ": tensor '" + name +
                      "': its shape does not fit config.json and vocab.txt");
    weights[name] = tensor.clone().requires_grad_();
  }
  return {std::move(config), std::move(words), std::move(weights)};
}

void WordNet::save(const std::filesystem::path& directory) const {
  nlohmann::ordered_json json = {{"model_type", kModelType}};
  json.update(options_to_json(config_));
  std::vector<nlp::NamedTensor> tensors;
  std::vector<at::Tensor> kept;
  for (const auto& [name, tensor] : weights_) {
    kept.push_back((name == embedding_name() ? embeddings() : tensor).detach().contiguous());
    const std::span<const float> values(kept.back().data_ptr<float>(),
                                        static_cast<size_t>(tensor.numel()));
    tensors.push_back({name, {nlp::Dtype::kF32, tensor.sizes().vec(), std::as_bytes(values)}});
  }
  nlp::write_safetensors(directory / kWeightFile, std::move(tensors), {{"format", "pt"}});
  write_file_atomic(directory / kVocabularyFile, text_of_words(vocabulary_));
  write_json_file(directory / "config.json", json);
}

std::string WordNet::embedding_name() const {
  return config_.architecture == "transformer" ? "embeddings.word_embeddings.weight"
                                               : "embeddings.weight";
}

WordModel WordNet::model(at::ScalarType dtype) const {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, tensor] : weights_)
    tensors[name] = dtype == at::kFloat ? tensor : tensor.detach().to(dtype);
  const at::Tensor table = dtype == at::kFloat ? embeddings() : embeddings().detach().to(dtype);
  std::vector<at::Tensor> parameters;
  for (const auto& [name, tensor] : tensors)
    if (name != embedding_name()) parameters.push_back(tensor);
  if (config_.architecture == "bag_of_words")
    return WordModel(vocabulary_, table, [](const at::Tensor& x) { return x.sum(1); });
  const WeightFile named(std::move(tensors), "word net");
  return WordModel(
      vocabulary_, table,
      config_.architecture == "lstm"
          ? word_lstm_function(named)
          : word_transformer_function(named, config_.heads, config_.layer_norm == "standard"),
      std::move(parameters));
}

bool is_word_net(const std::filesystem::path& directory) {
  const nlohmann::json json = read_json_file(directory / "config.json");
  return json.is_object() && json.value("model_type", nlohmann::json()) == kModelType;
}

WordModel load_word_model(const std::filesystem::path& model,
                          const std::filesystem::path& vocabulary, int64_t heads,
                          at::ScalarType dtype) {
  if (std::filesystem::is_directory(model)) return WordNet::load(model).model(dtype);
  return load_word_transformer(model, vocabulary, {.heads = heads, .dtype = dtype});
}

}  // namespace limbeck::verify
