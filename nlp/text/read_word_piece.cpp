#include <algorithm>
#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/json_field.h"
#include "nlp/text/token_table_json.h"
#include "nlp/text/word_piece_definition.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRoles[] = {"unk_token", "sep_token", "pad_token", "cls_token", "mask_token"};

nlohmann::json read_object_if_there(const fs::path& path) {
  if (!fs::exists(path)) return nlohmann::json::object();
  nlohmann::json json = read_json_file(path);
  JsonObject(json, path.string());
  return json;
}

/// The special tokens by role; written as a string or as an object with a `content`.
void read_roles(const nlohmann::json& json, const std::string& where, nlohmann::json& roles) {
  const JsonObject object(json, where);
  for (const char* role : kRoles) {
    if (!object.has_value(role)) continue;
    const bool is_object = json[role].is_object();
    const std::string content =
        is_object ? object.object(role).text("content", "") : object.text(role, "");
    if (content.empty()) object.fail(role, "a token");
    roles[role] = content;
  }
}

/// Settings of tokenizer_config.json that stand above tokenizer.json.
void apply_config(const JsonObject& config, bool has_tokenizer_json,
                  WordPieceDefinition& definition) {
  const std::string tokenizer_class = config.text("tokenizer_class", "BertTokenizer");
  const bool is_bert = tokenizer_class.find("Bert") != std::string::npos;
  if (is_bert || !has_tokenizer_json) {
    BertNormalizerOptions& options = definition.normalizer;
    options.lowercase = config.boolean("do_lower_case", options.lowercase);
    options.space_ideographs = config.boolean("tokenize_chinese_chars", options.space_ideographs);
    if (config.has("strip_accents")) {
      options.strip_accents.reset();
      if (config.has_value("strip_accents"))
        options.strip_accents = config.boolean("strip_accents", true);
    }
  }
  if (config.has_value("truncation_side"))
    definition.truncates_left = config.text("truncation_side", "right") == "left";
  if (!config.has_value("model_max_length")) return;
  const nlohmann::json& length = config.json()["model_max_length"];
  if (!length.is_number() || !(length.get<double>() >= 1))
    config.fail("model_max_length", "a number of tokens, at least 1");
  constexpr double kMost = std::numeric_limits<int32_t>::max();
  definition.model_max_length = static_cast<int32_t>(std::min(length.get<double>(), kMost));
}

/// Tokens added after the vocabulary was made (`added_tokens_decoder`: id to token).
void add_config_tokens(const JsonObject& config, WordPieceDefinition& definition) {
  if (!config.has_value("added_tokens_decoder")) return;
  const JsonObject decoder = config.object("added_tokens_decoder");
  for (const auto& [key, value] : decoder.json().items()) {
    const JsonObject object(value, decoder.where() + ": " + key);
    AddedToken token = read_added_token(object);
    const bool is_number =
        !key.empty() && key.size() < 9 && key.find_first_not_of("0123456789") == std::string::npos;
    const size_t id = is_number ? std::stoul(key) : ~size_t{0};
    if (id > definition.tokens.size())
      throw DataError(object.where() + ": expected an id from 0 to " +
                      std::to_string(definition.tokens.size()));
    if (id == definition.tokens.size()) definition.tokens.push_back(token.content);
    if (definition.tokens[id] != token.content)
      throw DataError(object.where() + ": token " + quoted_json(token.content) + " is " +
                      quoted_json(definition.tokens[id]) + " in vocab.txt");
    token.id = static_cast<int32_t>(id);
    std::erase_if(definition.added, [&](const AddedToken& known) { return known.id == token.id; });
    definition.added.push_back(std::move(token));
  }
}

}  // namespace

WordPieceDefinition read_word_piece(const fs::path& directory) {
  const fs::path config_file = directory / "tokenizer_config.json";
  const fs::path roles_file = directory / "special_tokens_map.json";
  nlohmann::json config = read_object_if_there(config_file);
  nlohmann::json roles = nlohmann::json::object();
  read_roles(read_object_if_there(roles_file), roles_file.string(), roles);
  read_roles(config, config_file.string(), roles);
  const fs::path json_file = directory / "tokenizer.json";
  const bool has_tokenizer_json = fs::exists(json_file);
  const fs::path file = has_tokenizer_json ? json_file : directory / "vocab.txt";
  const MappedFile mapped(file);
  WordPieceDefinition definition = has_tokenizer_json
                                       ? parse_tokenizer_json(mapped.text(), file.string())
                                       : parse_vocab_txt(mapped.text(), file.string(), roles);
  const JsonObject settings(config, config_file.string());
  apply_config(settings, has_tokenizer_json, definition);
  if (!has_tokenizer_json) add_config_tokens(settings, definition);
  definition.tokenizer_config = std::move(config);
  definition.special_tokens = std::move(roles);
  return definition;
}

}  // namespace limbeck::nlp
