#include "nlp/causal/causal_model.h"

#include <algorithm>
#include <cstdio>

#include "nlp/causal/gguf_tokenizer.h"
#include "nlp/core/errors.h"
#include "nlp/tensor/gguf.h"
#include "nlp/text/bpe_tokenizer.h"
#include "nlp/text/lossy_utf8.h"
#include "nlp/text/sentencepiece.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;

/// Special tokens that end a text or a turn in the supported families.
constexpr const char* kEndTokens[] = {"<|endoftext|>",   "<|im_end|>", "<|eot_id|>",
                                      "<|end_of_text|>", "</s>",       "<|eom_id|>"};

std::vector<int32_t> find_end_ids(const CausalConfig& config, const BpeDefinition* bpe) {
  std::vector<int32_t> ids;
  if (config.end_id >= 0) ids.push_back(config.end_id);
  if (bpe != nullptr && bpe->end_id >= 0) ids.push_back(bpe->end_id);
  for (const AddedToken& token : bpe != nullptr ? bpe->added : std::vector<AddedToken>())
    if (std::find(std::begin(kEndTokens), std::end(kEndTokens), token.content) !=
        std::end(kEndTokens))
      ids.push_back(token.id);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

/// Byte-level BPE or SentencePiece: what language models have.
std::unique_ptr<Tokenizer> language_model_tokenizer(const fs::path& directory) {
  if (!fs::exists(directory / "tokenizer.json") && fs::exists(directory / "spm.model"))
    return load_sentencepiece(directory / "spm.model");
  return std::make_unique<BpeTokenizer>(read_bpe(directory),
                                        (directory / "tokenizer.json").string());
}

}  // namespace

std::optional<fs::path> find_gguf(const fs::path& path) {
  if (path.extension() == ".gguf") return path;
  if (!fs::is_directory(path) || fs::exists(path / "config.json")) return std::nullopt;
  std::optional<fs::path> found;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.path().extension() != ".gguf") continue;
    if (found) throw DataError(path.string() + ": holds several .gguf files (name one of them)");
    found = entry.path();
  }
  return found;
}

std::unique_ptr<Tokenizer> load_any_tokenizer(const fs::path& path) {
  if (const std::optional<fs::path> file = find_gguf(path)) return gguf_tokenizer(GgufFile(*file));
  return load_tokenizer(path);
}

CausalModel::CausalModel(const fs::path& path, WeightFormat format) {
  std::shared_ptr<const WeightSource> source;
  if (const std::optional<fs::path> file = find_gguf(path)) {
    file_ = std::make_unique<GgufFile>(*file);
    config_ = read_causal_config(*file_);
    tokenizer_ = gguf_tokenizer(*file_);
    source = gguf_weights(*file_, config_);
  } else {
    if (!fs::exists(path)) throw DataError(path.string() + ": no such file or directory");
    config_ = read_causal_config(path);
    tokenizer_ = language_model_tokenizer(path);
    source = directory_weights(path);
  }
  if (tokenizer_->vocabulary_size() > config_.vocabulary_size)
    throw DataError(path.string() + ": the tokenizer has " +
                    std::to_string(tokenizer_->vocabulary_size()) + " tokens, the model " +
                    std::to_string(config_.vocabulary_size));
  weights_ = std::make_unique<CausalWeights>(std::move(source), config_, format);
  rotary_ = std::make_unique<RotaryTable>(config_);
  const auto* bpe = dynamic_cast<const BpeTokenizer*>(tokenizer_.get());
  end_ids_ = find_end_ids(config_, bpe != nullptr ? &bpe->definition() : nullptr);
  encoder_ = std::make_unique<PromptEncoder>(*tokenizer_, config_);
}

CausalModel::~CausalModel() = default;

std::string CausalModel::description() const {
  char text[128];
  std::snprintf(text, sizeof text, "%s, %lld layers x %lld, %.1f million parameters, %s",
                config_.family == CausalFamily::kGpt2 ? "gpt2" : "llama",
                static_cast<long long>(config_.layers), static_cast<long long>(config_.hidden_size),
                static_cast<double>(weights_->parameters()) / 1e6, weights_->storage().c_str());
  return text;
}

bool CausalModel::is_end(int32_t id) const {
  return std::binary_search(end_ids_.begin(), end_ids_.end(), id);
}

const float* CausalModel::logits(const float* states, int64_t rows,
                                 CausalWorkspace& workspace) const {
  const CausalLinear& head = weights_->head();
  float* out = workspace.logits.reserve<float>(rows * head.outputs());
  head.apply(rows, states, head.inputs(), kernel::Activation::kNone, nullptr, out);
  return out;
}

std::vector<int32_t> CausalModel::prompt_ids(const std::string& text) const {
  std::vector<int32_t> ids = encoder_->ids(text);
  if (!ids.empty()) return ids;
  if (config_.begin_id >= 0) return {config_.begin_id};
  if (end_ids_.empty())
    throw ConfigError("prompt: expected some text (the model has no token that begins one)");
  return {end_ids_.front()};
}

std::vector<int32_t> CausalModel::document_ids(const std::string& text) const {
  return encoder_->document_ids(text);
}

std::string CausalModel::continuation_text(const std::vector<int32_t>& ids) const {
  std::string bytes;
  for (const int32_t id : ids) bytes += tokenizer_->token_bytes(id);
  return lossy_utf8(bytes);
}

}  // namespace limbeck::nlp
