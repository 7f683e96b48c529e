#include <algorithm>
#include <limits>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/bpe_definition.h"
#include "nlp/text/json_field.h"
#include "nlp/text/token_table_json.h"

namespace limbeck::nlp {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void unsupported(const JsonObject& file, const char* part, const nlohmann::json& got) {
  std::string text = got.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (text.size() > 160) text = text.substr(0, 157) + "...";
  throw UnsupportedError(
      file.where() + ": " + part + " " + text +
      " is not supported; supported: those of GPT-2, SmolLM, Llama 3 and Qwen 2");
}

/// Merges stand as "a b" in older files and as ["a", "b"] in newer ones.
void read_merges(const JsonObject& model, BpeDefinition& definition) {
  for (const nlohmann::json& merge : model.array("merges")) {
    if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
      definition.merges.emplace_back(merge[0].get<std::string>(), merge[1].get<std::string>());
      continue;
    }
    const std::string text = merge.is_string() ? merge.get<std::string>() : "";
    const size_t space = text.find(' ');
    if (space == std::string::npos || space == 0 || space + 1 == text.size() ||
        text.find(' ', space + 1) != std::string::npos)
      throw DataError(model.where() + ": merges: expected two tokens, got " + quoted_json(merge));
    definition.merges.emplace_back(text.substr(0, space), text.substr(space + 1));
  }
}

void read_model(const JsonObject& file, BpeDefinition& definition) {
  const JsonObject model = file.object("model");
  if (model.text("type", "BPE") != "BPE") unsupported(file, "model", model.json()["type"]);
  for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"})
    if (model.has_value(key) && model.json()[key] != "") unsupported(file, key, model.json()[key]);
  if (model.boolean("byte_fallback", false)) unsupported(file, "byte_fallback", true);
  definition.whole_words_first = model.boolean("ignore_merges", false);
  definition.tokens = read_token_table(model);
  read_merges(model, definition);
}

bool is_byte_level(const nlohmann::json& json, bool use_regex) {
  return json.is_object() && json.value("type", "") == "ByteLevel" &&
         !json.value("add_prefix_space", true) && json.value("use_regex", true) == use_regex;
}

/// The pattern of a `Split` that cuts words with one of the known expressions.
bool is_split(const nlohmann::json& json, WordPattern pattern) {
  if (!json.is_object() || json.value("type", "") != "Split" || json.value("invert", false) ||
      json.value("behavior", "") != "Isolated" || !json.contains("pattern") ||
      !json["pattern"].is_object())
    return false;
  return json["pattern"].value("Regex", "") == pattern_text(pattern);
}

WordPattern read_pattern(const JsonObject& file) {
  const nlohmann::json none;
  const nlohmann::json& json =
      file.has_value("pre_tokenizer") ? file.json()["pre_tokenizer"] : none;
  try {
    if (is_byte_level(json, true)) return WordPattern::kGpt2;
    const bool is_sequence = json.is_object() && json.value("type", "") == "Sequence" &&
                             json.contains("pretokenizers") && json["pretokenizers"].is_array() &&
                             json["pretokenizers"].size() == 2;
    if (is_sequence) {
      const nlohmann::json &first = json["pretokenizers"][0], &second = json["pretokenizers"][1];
      if (first.is_object() && first.value("type", "") == "Digits" &&
          first.value("individual_digits", false) && is_byte_level(second, true))
        return WordPattern::kGpt2Digits;
      for (const WordPattern pattern : {WordPattern::kLlama3, WordPattern::kQwen2})
        if (is_split(first, pattern) && is_byte_level(second, false)) return pattern;
    }
  } catch (const nlohmann::json::exception&) {
    // A value of another type: not one of the known ones.
  }
  unsupported(file, "pre_tokenizer", json);
}

void read_added_tokens(const JsonObject& file, BpeDefinition& definition) {
  for (const nlohmann::json& element : file.array("added_tokens")) {
    const JsonObject object(element, file.where() + ": added_tokens");
    AddedToken token = read_numbered_token(object, definition.tokens.size());
    token.normalized = false;  // there is no normaliser
    const int64_t id = token.id;
    const bool is_taken = id < static_cast<int64_t>(definition.tokens.size()) &&
                          !definition.tokens[static_cast<size_t>(id)].empty();
    if (is_taken && definition.tokens[static_cast<size_t>(id)] != token.content)
      throw DataError(object.where() + ": " + quoted_json(token.content) + " has the id " +
                      std::to_string(id) + ", which is " +
                      quoted_json(definition.tokens[static_cast<size_t>(id)]));
    place_token(definition.tokens, token.content, id);
    definition.added.push_back(std::move(token));
  }
}

std::vector<int32_t> template_ids(const JsonObject& processor, const nlohmann::json& part) {
  const JsonObject element(part, processor.where());
  const JsonObject special = element.object("SpecialToken");
  const std::string name = special.text("id", "");
  std::vector<int32_t> ids;
  const JsonObject known = processor.object("special_tokens").object(name.c_str());
  for (const nlohmann::json& id : known.array("ids")) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > static_cast<uint64_t>(kMostTokenIds))
      known.fail("ids", "an array of token ids");
    ids.push_back(id.get<int32_t>());
  }
  return ids;
}

void read_template(const JsonObject& processor, BpeDefinition& definition) {
  bool seen = false;
  for (const nlohmann::json& part : processor.array("single")) {
    if (part.is_object() && part.contains("Sequence")) {
      seen = true;
      continue;
    }
    std::vector<int32_t>& side = seen ? definition.suffix : definition.prefix;
    const std::vector<int32_t> ids = template_ids(processor, part);
    side.insert(side.end(), ids.begin(), ids.end());
  }
  if (!seen) processor.fail("single", "the sequence A");
}

void read_post_processor(const JsonObject& file, const nlohmann::json& json,
                         BpeDefinition& definition) {
  const JsonObject processor(json, file.where() + ": post_processor");
  const std::string type = processor.text("type", "");
  if (type == "ByteLevel") return;
  if (type == "TemplateProcessing") return read_template(processor, definition);
  if (type != "Sequence") unsupported(file, "post_processor", json);
  for (const nlohmann::json& part : processor.array("processors"))
    read_post_processor(file, part, definition);
}

nlohmann::json read_if_there(const fs::path& path) {
  if (!fs::exists(path)) return nlohmann::json::object();
  nlohmann::json json = read_json_file(path);
  JsonObject(json, path.string());
  return json;
}

/// The token that a key of tokenizer_config.json names, as a string or an object; -1 for none.
int32_t named_token(const JsonObject& config, const char* key, const BpeDefinition& definition) {
  if (!config.has_value(key)) return -1;
  const std::string content = config.json()[key].is_object()
                                  ? config.object(key).text("content", "")
                                  : config.text(key, "");
  const auto found = std::find(definition.tokens.begin(), definition.tokens.end(), content);
  if (content.empty() || found == definition.tokens.end())
    config.fail(key, "a token of the vocabulary");
  return static_cast<int32_t>(found - definition.tokens.begin());
}

}  // namespace

BpeDefinition parse_bpe_json(std::string_view text, const std::string& where) {
  const nlohmann::json json = parse_json(text, where);
  const JsonObject file(json, where);
  BpeDefinition definition;
  if (file.has_value("normalizer")) unsupported(file, "normalizer", json["normalizer"]);
  read_model(file, definition);
  definition.pattern = read_pattern(file);
  read_added_tokens(file, definition);
  if (file.has_value("post_processor"))
    read_post_processor(file, json["post_processor"], definition);
  return definition;
}

BpeDefinition read_bpe(const fs::path& directory) {
  const fs::path file = directory / "tokenizer.json",
                 config_file = directory / "tokenizer_config.json";
  BpeDefinition definition = parse_bpe_json(MappedFile(file).text(), file.string());
  const nlohmann::json json = read_if_there(config_file);
  const JsonObject config(json, config_file.string());
  definition.end_id = named_token(config, "eos_token", definition);
  definition.pad_id = std::max(0, named_token(config, "pad_token", definition));
  definition.unknown_id = std::max(0, named_token(config, "unk_token", definition));
  if (config.has_value("model_max_length")) {
    const nlohmann::json& length = json["model_max_length"];
    if (!length.is_number() || !(length.get<double>() >= 1))
      config.fail("model_max_length", "a number of tokens, at least 1");
    definition.model_max_length = static_cast<int32_t>(
        std::min<double>(length.get<double>(), std::numeric_limits<int32_t>::max()));
  }
  return definition;
}

}  // namespace limbeck::nlp
