#include "nlp/causal/gguf_tokenizer.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/tensor/gguf.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kControl = 3, kUserDefined = 4;  ///< of tokenizer.ggml.token_type

struct NamedPattern {
  const char* name;
  WordPattern pattern;
};
constexpr NamedPattern kPatterns[] = {
    {"gpt-2", WordPattern::kGpt2},       {"smollm", WordPattern::kGpt2Digits},
    {"llama-bpe", WordPattern::kLlama3}, {"llama3", WordPattern::kLlama3},
    {"llama-v3", WordPattern::kLlama3},  {"qwen2", WordPattern::kQwen2},
};

WordPattern pattern_of(const GgufFile& file) {
  const std::string name =
      file.has("tokenizer.ggml.pre") ? file.text("tokenizer.ggml.pre") : "gpt-2";
  std::string known;
  for (const NamedPattern& row : kPatterns) {
    if (name == row.name) return row.pattern;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw UnsupportedError(file.where() + ": tokenizer.ggml.pre '" + name +
                         "' is not supported; known: " + known);
}

int32_t id_of(const GgufFile& file, const char* key, int64_t tokens, int32_t fallback) {
  return file.has(key) ? static_cast<int32_t>(file.integer(key, 0, tokens - 1)) : fallback;
}

bool is_set(const GgufFile& file, const char* key, bool fallback) {
  return file.has(key) ? file.integer(key, 0, 1) == 1 : fallback;
}

void read_merges(const GgufFile& file, BpeDefinition& definition) {
  for (const std::string_view merge : file.texts("tokenizer.ggml.merges")) {
    const size_t space = merge.find(' ', 1);
    if (merge.empty() || space == std::string_view::npos || space + 1 == merge.size())
      throw DataError(file.where() + ": tokenizer.ggml.merges: expected two tokens in merge " +
                      std::to_string(definition.merges.size()));
    definition.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
}

void read_added(const GgufFile& file, BpeDefinition& definition) {
  if (!file.has("tokenizer.ggml.token_type")) return;
  const GgufNumbers types = file.numbers("tokenizer.ggml.token_type");
  const auto count = static_cast<int64_t>(definition.tokens.size());
  if (types.count != count || !types.is_integral())
    throw DataError(file.where() + ": tokenizer.ggml.token_type: expected " +
                    std::to_string(count) + " integers, got " + std::to_string(types.count));
  for (int64_t id = 0; id < count; ++id) {
    const int64_t type = types.integer(id);
    if (type != kControl && type != kUserDefined) continue;
    AddedToken token;
    token.content = definition.tokens[static_cast<size_t>(id)];
    token.id = static_cast<int32_t>(id);
    token.is_special = type == kControl;
    definition.added.push_back(std::move(token));
  }
}

}  // namespace

std::unique_ptr<BpeTokenizer> gguf_tokenizer(const GgufFile& file) {
  const std::string model = file.text("tokenizer.ggml.model");
  if (model != "gpt2")
    throw UnsupportedError(file.where() + ": tokenizer.ggml.model '" + model +
                           "' is not supported; known: gpt2 (byte-level BPE)");
  BpeDefinition definition;
  for (const std::string_view token : file.texts("tokenizer.ggml.tokens"))
    definition.tokens.emplace_back(token);
  const auto count = static_cast<int64_t>(definition.tokens.size());
  if (count == 0 || count > 1 << 24)
    throw DataError(file.where() + ": tokenizer.ggml.tokens: expected 1 to 16777216 tokens, got " +
                    std::to_string(count));
  definition.pattern = pattern_of(file);
  definition.whole_words_first = definition.pattern == WordPattern::kLlama3;
  read_merges(file, definition);
  read_added(file, definition);
  definition.unknown_id = id_of(file, "tokenizer.ggml.unknown_token_id", count, 0);
  definition.pad_id = id_of(file, "tokenizer.ggml.padding_token_id", count, 0);
  definition.end_id = id_of(file, "tokenizer.ggml.eos_token_id", count, -1);
  const int32_t begin = id_of(file, "tokenizer.ggml.bos_token_id", count, -1);
  const bool is_llama3 = definition.pattern == WordPattern::kLlama3;
  if (begin >= 0 && is_set(file, "tokenizer.ggml.add_bos_token", is_llama3))
    definition.prefix = {begin};
  if (definition.end_id >= 0 && is_set(file, "tokenizer.ggml.add_eos_token", false))
    definition.suffix = {definition.end_id};
  return std::make_unique<BpeTokenizer>(std::move(definition), file.where());
}

}  // namespace limbeck::nlp
