#include <algorithm>
#include <unordered_map>

#include "nlp/core/errors.h"
#include "nlp/text/json_field.h"
#include "nlp/text/utf8.h"
#include "nlp/text/word_piece_definition.h"

namespace limbeck::nlp {
namespace {

constexpr size_t kMostIds = size_t{1} << 24;

std::vector<std::string> split_lines(std::string_view text, const std::string& where) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (first_invalid_utf8(line) != std::string_view::npos)
      throw DataError(where + ":" + std::to_string(lines.size() + 1) +
                      ": not UTF-8 (is this a vocabulary of one token a line?)");
    if (lines.size() == kMostIds)
      throw DataError(where + ": expected at most " + std::to_string(kMostIds) + " lines");
    lines.emplace_back(line);
  }
  return lines;
}

}  // namespace

WordPieceDefinition parse_vocab_txt(std::string_view text, const std::string& where,
                                    const nlohmann::json& special_tokens) {
  WordPieceDefinition definition;
  definition.tokens = split_lines(text, where);
  if (definition.tokens.empty())
    throw DataError(where + ": expected one token a line, got an empty file");
  std::unordered_map<std::string, int32_t> ids;
  for (size_t i = 0; i < definition.tokens.size(); ++i)
    ids[definition.tokens[i]] = static_cast<int32_t>(i);
  const auto role = [&](const char* key, const char* fallback) {
    return special_tokens.is_object() ? JsonObject(special_tokens, where).text(key, fallback)
                                      : std::string(fallback);
  };
  const auto required = [&](const char* key, const char* fallback) {
    const auto found = ids.find(role(key, fallback));
    if (found == ids.end())
      throw DataError(where + ": no line " + quoted_json(role(key, fallback)) + " (the " + key +
                      " of the model)");
    return found->second;
  };
  definition.unknown_token = role("unk_token", "[UNK]");
  definition.unknown_id = required("unk_token", "[UNK]");
  const int32_t cls = required("cls_token", "[CLS]"), sep = required("sep_token", "[SEP]");
  const auto pad = ids.find(role("pad_token", "[PAD]"));
  definition.pad_id = pad == ids.end() ? definition.unknown_id : pad->second;
  for (const auto& [key, fallback] : {std::pair{"pad_token", "[PAD]"},
                                      {"unk_token", "[UNK]"},
                                      {"cls_token", "[CLS]"},
                                      {"sep_token", "[SEP]"},
                                      {"mask_token", "[MASK]"}}) {
    const auto found = ids.find(role(key, fallback));
    if (found == ids.end()) continue;
    AddedToken token;
    token.content = found->first;
    token.id = found->second;
    token.is_special = true;
    definition.added.push_back(std::move(token));
  }
  definition.single = bert_template(cls, sep, false);
  definition.pair = bert_template(cls, sep, true);
  return definition;
}

}  // namespace limbeck::nlp
