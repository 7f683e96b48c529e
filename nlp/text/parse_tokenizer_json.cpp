#include <algorithm>
#include <unordered_map>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/text/json_field.h"
#include "nlp/text/token_table_json.h"
#include "nlp/text/word_piece_definition.h"

namespace limbeck::nlp {
namespace {

constexpr const char* kSupported =
    "supported: WordPiece with BertNormalizer and BertPreTokenizer, or a SentencePiece spm.model";

/// The `type` of a part; `absent` when the part is null or not there.
std::string part_type(const JsonObject& file, const char* part, const char* absent) {
  if (!file.has_value(part)) return absent;
  const JsonObject object = file.object(part);
  if (!object.has_value("type")) object.fail("type", "a string");
  return object.text("type", "");
}

[[noreturn]] void unsupported(const std::string& where, const char* part, const std::string& type) {
  throw UnsupportedError(where + ": " + part + " '" + type + "' is not supported; " + kSupported);
}

using TokenIds = std::unordered_map<std::string, int32_t>;

TokenIds read_vocabulary(const JsonObject& model, WordPieceDefinition& definition) {
  const nlohmann::json& vocabulary = model.object("vocab").json();
  if (vocabulary.empty()) model.fail("vocab", "at least one token");
  definition.tokens = read_token_table(model);
  TokenIds ids;
  ids.reserve(vocabulary.size());
  for (const auto& [token, id] : vocabulary.items()) ids.emplace(token, id.get<int32_t>());
  return ids;
}

void read_model(const JsonObject& file, WordPieceDefinition& definition, TokenIds& ids) {
  const JsonObject model = file.object("model");
  const bool looks_like_bpe = model.has("merges");
  const std::string type = model.text("type", looks_like_bpe ? "BPE" : "WordPiece");
  if (type != "WordPiece") unsupported(file.where(), "model", type);
  definition.unknown_token = model.text("unk_token", "[UNK]");
  definition.continuing_prefix = model.text("continuing_subword_prefix", "##");
  definition.max_characters_per_word =
      model.integer("max_input_chars_per_word", 100, 0, kMostTokenIds);
  ids = read_vocabulary(model, definition);
  const auto unknown = ids.find(definition.unknown_token);
  if (unknown == ids.end())
    throw DataError(model.where() + ": the unknown token " + quoted_json(definition.unknown_token) +
                    " is not in the vocabulary");
  definition.unknown_id = unknown->second;
}

void read_normalizer(const JsonObject& file, BertNormalizerOptions& options) {
  const std::string type = part_type(file, "normalizer", "");
  if (type.empty()) {
    options = {false, false, false, false};
    return;
  }
  if (type != "BertNormalizer") unsupported(file.where(), "normalizer", type);
  const JsonObject normalizer = file.object("normalizer");
  options.clean_text = normalizer.boolean("clean_text", true);
  options.space_ideographs = normalizer.boolean("handle_chinese_chars", true);
  options.lowercase = normalizer.boolean("lowercase", true);
  if (normalizer.has_value("strip_accents"))
    options.strip_accents = normalizer.boolean("strip_accents", true);
}

void read_added_tokens(const JsonObject& file, WordPieceDefinition& definition, TokenIds& ids) {
  for (const nlohmann::json& element : file.array("added_tokens")) {
    const JsonObject object(element, file.where() + ": added_tokens");
    AddedToken token = read_numbered_token(object, definition.tokens.size());
    const auto known = ids.find(token.content);
    const auto index = static_cast<size_t>(token.id);
    if (known != ids.end()) {
      token.id = known->second;  // as the reference, which looks the content up
    } else if (index < definition.tokens.size() && !definition.tokens[index].empty()) {
      throw DataError(object.where() + ": " + quoted_json(token.content) + " has the id " +
                      std::to_string(token.id) + ", which is " +
                      quoted_json(definition.tokens[index]));
    } else {
      place_token(definition.tokens, token.content, token.id);
      ids.emplace(token.content, token.id);
    }
    definition.added.push_back(std::move(token));
  }
}

TemplatePart read_template_part(const nlohmann::json& json, const JsonObject& processor) {
  const JsonObject element(json, processor.where());
  TemplatePart part;
  if (element.has_value("Sequence")) {
    const JsonObject sequence = element.object("Sequence");
    const std::string name = sequence.text("id", "");
    if (name != "A" && name != "B") sequence.fail("id", "\"A\" or \"B\"");
    part.kind = name == "A" ? TemplatePart::Kind::kFirst : TemplatePart::Kind::kSecond;
    part.type_id = static_cast<int32_t>(sequence.integer("type_id", 0, 0, 1 << 20));
    return part;
  }
  const JsonObject special = element.object("SpecialToken");
  const std::string name = special.text("id", "");
  part.type_id = static_cast<int32_t>(special.integer("type_id", 0, 0, 1 << 20));
  const JsonObject known = processor.object("special_tokens").object(name.c_str());
  for (const nlohmann::json& id : known.array("ids")) {
    if (!id.is_number_unsigned() || id.get<uint64_t>() > static_cast<uint64_t>(kMostTokenIds))
      known.fail("ids", "an array of token ids");
    part.ids.push_back(id.get<int32_t>());
  }
  return part;
}

SequenceTemplate read_template(const JsonObject& processor, const char* key, int64_t sequences) {
  SequenceTemplate parts;
  for (const nlohmann::json& json : processor.array(key))
    parts.push_back(read_template_part(json, processor));
  const auto count = [&](TemplatePart::Kind kind) {
    return std::count_if(parts.begin(), parts.end(),
                         [&](const TemplatePart& part) { return part.kind == kind; });
  };
  if (count(TemplatePart::Kind::kFirst) != 1 || count(TemplatePart::Kind::kSecond) != sequences - 1)
    processor.fail(key,
                   sequences == 1 ? "exactly the sequence A" : "the sequences A and B, once each");
  return parts;
}

int32_t named_token_id(const JsonObject& processor, const char* key) {
  const nlohmann::json& pair = processor.array(key);
  if (pair.size() != 2 || !pair[1].is_number_unsigned() ||
      pair[1].get<uint64_t>() > static_cast<uint64_t>(kMostTokenIds))
    processor.fail(key, "[token, id]");
  return pair[1].get<int32_t>();
}

void read_post_processor(const JsonObject& file, WordPieceDefinition& definition) {
  using Kind = TemplatePart::Kind;
  const std::string type = part_type(file, "post_processor", "");
  if (type.empty()) {
    definition.single = {{Kind::kFirst, {}, 0}};
    definition.pair = {{Kind::kFirst, {}, 0}, {Kind::kSecond, {}, 1}};
  } else if (type == "TemplateProcessing") {
    const JsonObject processor = file.object("post_processor");
    definition.single = read_template(processor, "single", 1);
    definition.pair = read_template(processor, "pair", 2);
  } else if (type == "BertProcessing") {
    const JsonObject processor = file.object("post_processor");
    const int32_t cls = named_token_id(processor, "cls"), sep = named_token_id(processor, "sep");
    definition.single = bert_template(cls, sep, false);
    definition.pair = bert_template(cls, sep, true);
  } else {
    unsupported(file.where(), "post_processor", type);
  }
  for (const SequenceTemplate* sequence : {&definition.single, &definition.pair})
    for (const TemplatePart& part : *sequence)
      for (const int32_t id : part.ids)
        if (static_cast<size_t>(id) >= definition.tokens.size())
          throw DataError(file.where() + ": post_processor: no token has the id " +
                          std::to_string(id));
}

void read_decoder(const JsonObject& file, WordPieceDefinition& definition) {
  const std::string type = part_type(file, "decoder", "");
  definition.joins_pieces = !type.empty();
  if (type.empty()) return;
  if (type != "WordPiece") unsupported(file.where(), "decoder", type);
  const JsonObject decoder = file.object("decoder");
  definition.decoder_prefix = decoder.text("prefix", "##");
  definition.cleans_decoded = decoder.boolean("cleanup", true);
}

void read_padding(const JsonObject& file, WordPieceDefinition& definition, const TokenIds& ids) {
  const auto pad = ids.find("[PAD]");
  definition.pad_id = pad == ids.end() ? definition.unknown_id : pad->second;
  if (file.has_value("padding")) {
    const auto most = static_cast<int64_t>(definition.tokens.size()) - 1;
    definition.pad_id =
        static_cast<int32_t>(file.object("padding").integer("pad_id", definition.pad_id, 0, most));
  }
  if (file.has_value("truncation"))
    definition.truncates_left = file.object("truncation").text("direction", "Right") == "Left";
}

}  // namespace

SequenceTemplate bert_template(int32_t cls, int32_t sep, bool is_pair) {
  using Kind = TemplatePart::Kind;
  SequenceTemplate parts = {
      {Kind::kSpecial, {cls}, 0}, {Kind::kFirst, {}, 0}, {Kind::kSpecial, {sep}, 0}};
  if (is_pair) {
    parts.push_back({Kind::kSecond, {}, 1});
    parts.push_back({Kind::kSpecial, {sep}, 1});
  }
  return parts;
}

WordPieceDefinition parse_tokenizer_json(std::string_view text, const std::string& where) {
  WordPieceDefinition definition;
  definition.tokenizer_json = parse_json(text, where);
  const JsonObject file(definition.tokenizer_json, where);
  TokenIds ids;
  read_model(file, definition, ids);
  read_normalizer(file, definition.normalizer);
  const std::string pre_tokenizer = part_type(file, "pre_tokenizer", "none");
  if (pre_tokenizer != "BertPreTokenizer") unsupported(where, "pre_tokenizer", pre_tokenizer);
  read_added_tokens(file, definition, ids);
  read_post_processor(file, definition);
  read_decoder(file, definition);
  read_padding(file, definition, ids);
  return definition;
}

}  // namespace limbeck::nlp
