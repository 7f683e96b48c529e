#include "nlp/text/bpe_tokenizer.h"

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/text/byte_alphabet.h"
#include "nlp/text/json_field.h"
#include "nlp/text/lossy_utf8.h"
#include "nlp/text/sequence_template.h"

namespace limbeck::nlp {
namespace {

constexpr int kLeastBytes = 128;  ///< vocabularies leave out bytes that their texts never had

enum Knowledge : uint8_t { kUnknown = 0, kItself = 1, kOthers = 2 };

std::unordered_map<std::string_view, int32_t> ids_by_token(const std::vector<std::string>& tokens) {
  std::unordered_map<std::string_view, int32_t> ids;
  ids.reserve(tokens.size());
  for (size_t id = 0; id < tokens.size(); ++id)
    if (!tokens[id].empty()) ids.emplace(tokens[id], static_cast<int32_t>(id));
  return ids;
}

void require_ids(const BpeDefinition& definition, const std::string& where) {
  std::vector<int32_t> ids = definition.prefix;
  ids.insert(ids.end(), definition.suffix.begin(), definition.suffix.end());
  for (const AddedToken& token : definition.added) ids.push_back(token.id);
  for (const int32_t id : ids)
    if (id < 0 || id >= static_cast<int32_t>(definition.tokens.size()))
      throw DataError(where + ": expected special tokens with ids from 0 to " +
                      std::to_string(static_cast<int64_t>(definition.tokens.size()) - 1) +
                      ", got " + std::to_string(id));
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

}  // namespace

BpeTokenizer::BpeTokenizer(BpeDefinition definition, const std::string& where)
    : definition_(std::move(definition)),
      bytes_(definition_.tokens.size()),
      is_special_(definition_.tokens.size()),
      is_added_(definition_.tokens.size()),
      merges_(definition_.merges.size()) {
  const std::vector<std::string>& tokens = definition_.tokens;
  require_ids(definition_, where);
  const auto ids = ids_by_token(tokens);
  int bytes = 0;
  for (int byte = 0; byte < 256; ++byte) {
    const std::string character = characters_of_bytes(std::string(1, static_cast<char>(byte)));
    const auto found = ids.find(character);
    byte_ids_[static_cast<size_t>(byte)] = found == ids.end() ? -1 : found->second;
    bytes += found != ids.end();
  }
  if (bytes < kLeastBytes)
    throw DataError(where + ": only " + std::to_string(bytes) +
                    " of 256 bytes have a token (is it a byte-level BPE?)");
  int32_t rank = 0;
  for (const auto& [left, right] : definition_.merges) {
    const auto a = ids.find(left), b = ids.find(right), both = ids.find(left + right);
    if (a == ids.end() || b == ids.end() || both == ids.end())
      throw DataError(where + ": merge " + std::to_string(rank) + ": no token " +
                      quoted_json(a == ids.end()   ? left
                                  : b == ids.end() ? right
                                                   : left + right));
    merges_.insert(a->second, b->second, {rank++, both->second});
  }
  for (const AddedToken& token : definition_.added) {
    is_added_[static_cast<size_t>(token.id)] = true;
    is_special_[static_cast<size_t>(token.id)] = token.is_special;
    bytes_[static_cast<size_t>(token.id)] = token.content;
  }
  whole_words_.reserve(tokens.size());
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (is_added_[id] || tokens[id].empty()) continue;
    const std::optional<std::string> bytes = bytes_of_characters(tokens[id]);
    bytes_[id] = bytes ? *bytes : tokens[id];
    if (bytes) whole_words_.emplace(bytes_[id], static_cast<int32_t>(id));
  }
  known_ = std::make_unique<std::atomic<uint8_t>[]>(tokens.size());
  matcher_ = AddedTokenMatcher(definition_.added);
}

void BpeTokenizer::merge_bytes(std::string_view word, std::vector<int32_t>& ids) const {
  ids.clear();
  for (const char byte : word) {
    const int32_t id = byte_ids_[static_cast<unsigned char>(byte)];
    if (id >= 0) ids.push_back(id);  // the reference leaves out what has no token
  }
  merge_word(merges_, ids);
}

void BpeTokenizer::append_word(std::string_view word, std::vector<int32_t>& ids) const {
  static thread_local std::vector<int32_t> parts;
  const auto whole = whole_words_.find(word);
  if (whole == whole_words_.end()) {
    merge_bytes(word, parts);
    ids.insert(ids.end(), parts.begin(), parts.end());
    return;
  }
  const int32_t id = whole->second;
  std::atomic<uint8_t>& known = known_[static_cast<size_t>(id)];
  uint8_t knowledge = known.load(std::memory_order_relaxed);
  if (definition_.whole_words_first) knowledge = kItself;
  if (knowledge != kItself) {
    merge_bytes(word, parts);
    const bool is_itself = parts.size() == 1 && parts.front() == id;
    knowledge = is_itself ? uint8_t{kItself} : uint8_t{kOthers};
    known.store(knowledge, std::memory_order_relaxed);
  }
  if (knowledge == kItself)
    ids.push_back(id);
  else
    ids.insert(ids.end(), parts.begin(), parts.end());
}

void BpeTokenizer::append_text(std::string_view text, std::vector<int32_t>& ids) const {
  static thread_local std::vector<size_t> ends;
  const auto append = [&](std::string_view segment) {
    ends.clear();
    cut_words(definition_.pattern, segment, ends);
    size_t begin = 0;
    for (const size_t end : ends) {
      append_word(segment.substr(begin, end - begin), ids);
      begin = end;
    }
  };
  if (!matcher_.may_match(text)) return append(text);
  for (const TextSegment& segment : matcher_.split(text)) {
    if (segment.id >= 0)
      ids.push_back(segment.id);
    else
      append(text.substr(segment.begin, segment.end - segment.begin));
  }
}

void BpeTokenizer::append_ids(std::string_view text, std::optional<std::string_view> pair,
                              int32_t max_length, std::vector<int32_t>& ids) const {
  const std::vector<int32_t>& prefix = definition_.prefix;
  const std::vector<int32_t>& suffix = definition_.suffix;
  const size_t texts = pair ? 2 : 1, special = texts * (prefix.size() + suffix.size());
  if (max_length < static_cast<int32_t>(special))
    throw ConfigError("max_length: expected at least " + std::to_string(special) +
                      " for the special tokens, got " + std::to_string(max_length));
  const size_t room = static_cast<size_t>(max_length) - special;
  std::vector<int32_t> first, second;
  append_text(text, first);
  if (pair) append_text(*pair, second);
  const KeptLengths kept = pair ? truncate_pair(first.size(), second.size(), room)
                                : KeptLengths{std::min(first.size(), room), 0};
  const auto add = [&](const std::vector<int32_t>& part, size_t count) {
    ids.insert(ids.end(), prefix.begin(), prefix.end());
    ids.insert(ids.end(), part.begin(), part.begin() + static_cast<int64_t>(count));
    ids.insert(ids.end(), suffix.begin(), suffix.end());
  };
  add(first, kept.first);
  if (pair) add(second, kept.second);
}

/// Tokens cover the text in order: each takes its bytes. (An added token may also take the white
/// space around it; none of the supported models has such.)
std::vector<TextSpan> BpeTokenizer::spans_of(std::string_view text,
                                             const std::vector<int32_t>& ids) const {
  std::vector<TextSpan> spans;
  size_t at = 0;
  for (const int32_t id : ids) {
    size_t begin = at, end = std::min(text.size(), at + bytes_[static_cast<size_t>(id)].size());
    at = end;
    while (begin > 0 && begin < text.size() && continues_character(text[begin])) --begin;
    while (end < text.size() && continues_character(text[end])) ++end;
    spans.push_back({static_cast<int32_t>(begin), static_cast<int32_t>(end)});
  }
  return spans;
}

Encoding BpeTokenizer::encode(std::string_view text, std::optional<std::string_view> pair,
                              int32_t max_length) const {
  Encoding encoding;
  append_ids(text, pair, max_length, encoding.ids);
  std::vector<int32_t> first, second;
  append_text(text, first);
  if (pair) append_text(*pair, second);
  const size_t edge = definition_.prefix.size() + definition_.suffix.size();
  const KeptLengths kept =
      pair ? truncate_pair(first.size(), second.size(), static_cast<size_t>(max_length) - 2 * edge)
           : KeptLengths{encoding.ids.size() - edge, 0};
  const auto add = [&](std::string_view source, const std::vector<int32_t>& ids, size_t count,
                       int32_t type) {
    const std::vector<TextSpan> spans = spans_of(source, ids);
    const auto special = [&](size_t times) {
      encoding.spans.insert(encoding.spans.end(), times, TextSpan{});
      encoding.special_mask.insert(encoding.special_mask.end(), times, 1);
    };
    special(definition_.prefix.size());
    encoding.spans.insert(encoding.spans.end(), spans.begin(),
                          spans.begin() + static_cast<int64_t>(count));
    encoding.special_mask.insert(encoding.special_mask.end(), count, 0);
    special(definition_.suffix.size());
    encoding.type_ids.resize(encoding.spans.size(), type);
  };
  add(text, first, kept.first, 0);
  if (pair) add(*pair, second, kept.second, 1);
  return encoding;
}

std::string BpeTokenizer::token(int32_t id) const {
  return id < 0 || id >= vocabulary_size() ? "" : definition_.tokens[static_cast<size_t>(id)];
}

std::string BpeTokenizer::token_bytes(int32_t id) const {
  static const std::string none;
  return id < 0 || id >= vocabulary_size() || is_special(id) ? none
                                                             : bytes_[static_cast<size_t>(id)];
}

bool BpeTokenizer::is_special(int32_t id) const {
  return id >= 0 && id < vocabulary_size() && is_special_[static_cast<size_t>(id)];
}

std::string BpeTokenizer::decode(const std::vector<int32_t>& ids) const {
  std::string bytes;
  for (const int32_t id : ids) bytes += token_bytes(id);
  return lossy_utf8(bytes);
}

void BpeTokenizer::save(const std::filesystem::path& directory) const {
  write_json_file(directory / "tokenizer.json", bpe_json(definition_));
  nlohmann::ordered_json config = {{"tokenizer_class", "PreTrainedTokenizerFast"}};
  if (definition_.model_max_length != std::numeric_limits<int32_t>::max())
    config["model_max_length"] = definition_.model_max_length;
  if (definition_.end_id >= 0) config["eos_token"] = token(definition_.end_id);
  config["clean_up_tokenization_spaces"] = false;
  write_json_file(directory / "tokenizer_config.json", config);
}

}  // namespace limbeck::nlp
