#include "nlp/text/character_table.h"

#include <algorithm>
#include <string>

#include "nlp/text/bert_characters.h"
#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

/// How the pre-tokenizer sees a character of the cleaned text.
CharacterEntry classify(char32_t c) {
  const CharacterKind kind = is_bert_whitespace(c)    ? CharacterKind::kSpace
                             : is_bert_punctuation(c) ? CharacterKind::kIsolated
                                                      : CharacterKind::kWord;
  return {kind, 0, static_cast<uint32_t>(c)};
}

/// Does a mark survive that canonical ordering may move?
bool leaves_movable_mark(char32_t c, const BertNormalizerOptions& options) {
  if (!options.strips_accents()) return false;
  std::u32string parts;
  append_decomposition(c, parts);
  return std::any_of(parts.begin(), parts.end(), [](char32_t part) {
    return canonical_combining_class(part) != 0 && !is_bert_nonspacing_mark(part);
  });
}

bool is_scalar(char32_t c) { return c < 0xD800 || c > 0xDFFF; }

}  // namespace

CharacterTable::CharacterTable(const BertNormalizerOptions& options)
    : options_(options), pages_(std::make_unique<std::atomic<const Page*>[]>(kPages)) {
  for (char32_t c = 0; c < 0x80; ++c) {
    const CharacterEntry ascii = entry(c);
    if (ascii.kind == CharacterKind::kWord) word_bytes_[c] = static_cast<char>(ascii.value);
  }
}

CharacterTable::~CharacterTable() {
  for (size_t i = 0; i < kPages; ++i) delete pages_[i].load(std::memory_order_relaxed);
}

const CharacterTable::Page& CharacterTable::fill(uint32_t index) const {
  const std::lock_guard lock(filling_);
  if (const Page* found = pages_[index].load(std::memory_order_acquire)) return *found;
  auto page = std::make_unique<Page>();
  for (uint32_t i = 0; i < 256; ++i) page->entries[i] = compute(index << 8 | i, page->sequences);
  const Page* published = page.release();
  pages_[index].store(published, std::memory_order_release);
  return *published;
}

CharacterEntry CharacterTable::compute(char32_t c, std::vector<CharacterEntry>& sequences) const {
  if (!is_scalar(c)) return {CharacterKind::kContextual, 0, 0};
  std::string text;
  append_utf8(c, text);
  BertNormalizerOptions unspaced = options_;
  unspaced.space_ideographs = false;
  const std::vector<NormalizedCharacter> cleaned = bert_normalize(text, unspaced);
  if (cleaned.empty()) return {CharacterKind::kDropped, 0, 0};
  if (leaves_movable_mark(c, options_)) return {CharacterKind::kContextual, 0, 0};
  if (options_.space_ideographs && is_bert_ideograph(c)) {
    if (cleaned.size() != 1) return {CharacterKind::kContextual, 0, 0};
    return {CharacterKind::kIsolated, 0, static_cast<uint32_t>(cleaned[0].code_point)};
  }
  if (cleaned.size() == 1) return classify(cleaned[0].code_point);
  const CharacterEntry whole{CharacterKind::kSequence, static_cast<uint8_t>(cleaned.size()),
                             static_cast<uint32_t>(sequences.size())};
  for (const NormalizedCharacter& part : cleaned) sequences.push_back(classify(part.code_point));
  return whole;
}

}  // namespace limbeck::nlp
