#include "nlp/text/bpe_definition.h"

namespace limbeck::nlp {
namespace {

using Json = nlohmann::ordered_json;

Json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", false},
          {"use_regex", use_regex}};
}

Json pre_tokenizer(WordPattern pattern) {
  if (pattern == WordPattern::kGpt2) return byte_level(true);
  Json first;
  if (pattern == WordPattern::kGpt2Digits)
    first = {{"type", "Digits"}, {"individual_digits", true}};
  else
    first = {{"type", "Split"},
             {"pattern", {{"Regex", pattern_text(pattern)}}},
             {"behavior", "Isolated"},
             {"invert", false}};
  return {{"type", "Sequence"},
          {"pretokenizers", Json::array({first, byte_level(pattern == WordPattern::kGpt2Digits)})}};
}

/// Around each sequence the special tokens; type ids as the reference has them.
Json post_processor(const BpeDefinition& definition) {
  if (definition.prefix.empty() && definition.suffix.empty()) return byte_level(true);
  Json special = Json::object();
  const auto sequence = [&](const char* name, int type, Json& parts) {
    const auto add = [&](const std::vector<int32_t>& ids) {
      for (const int32_t id : ids) {
        const std::string& token = definition.tokens[static_cast<size_t>(id)];
        special[token] = {{"id", token}, {"ids", {id}}, {"tokens", {token}}};
        parts.push_back({{"SpecialToken", {{"id", token}, {"type_id", type}}}});
      }
    };
    add(definition.prefix);
    parts.push_back({{"Sequence", {{"id", name}, {"type_id", type}}}});
    add(definition.suffix);
  };
  Json single = Json::array(), pair = Json::array();
  sequence("A", 0, single);
  sequence("A", 0, pair);
  sequence("B", 1, pair);
  return {{"type", "TemplateProcessing"},
          {"single", single},
          {"pair", pair},
          {"special_tokens", special}};
}

}  // namespace

nlohmann::ordered_json bpe_json(const BpeDefinition& definition) {
  Json added = Json::array(), merges = Json::array();
  for (const AddedToken& token : definition.added)
    added.push_back({{"id", token.id},
                     {"content", token.content},
                     {"single_word", token.single_word},
                     {"lstrip", token.lstrip},
                     {"rstrip", token.rstrip},
                     {"normalized", false},
                     {"special", token.is_special}});
  // An ordered object looks keys up one by one: too slow for a vocabulary.
  nlohmann::json ids = nlohmann::json::object();
  for (size_t id = 0; id < definition.tokens.size(); ++id)
    if (!definition.tokens[id].empty()) ids[definition.tokens[id]] = id;
  for (const auto& [left, right] : definition.merges) merges.push_back({left, right});
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer", nullptr},
          {"pre_tokenizer", pre_tokenizer(definition.pattern)},
          {"post_processor", post_processor(definition)},
          {"decoder", byte_level(true)},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"ignore_merges", definition.whole_words_first},
            {"vocab", ids},
            {"merges", merges}}}};
}

}  // namespace limbeck::nlp
