#include "nlp/text/word_boundaries.h"

#include <unicode/ubrk.h>
#include <unicode/utext.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "nlp/text/bert_characters.h"
#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

using BreakIterator = std::unique_ptr<UBreakIterator, decltype(&ubrk_close)>;
using Text = std::unique_ptr<UText, decltype(&utext_close)>;

void require(UErrorCode status, const char* what) {
  if (U_FAILURE(status))
    throw std::runtime_error(std::string("ICU: ") + what + ": " + u_errorName(status));
}

UBreakIterator* word_iterator() {
  thread_local const BreakIterator iterator = [] {
    UErrorCode status = U_ZERO_ERROR;
    BreakIterator opened(ubrk_open(UBRK_WORD, "", nullptr, 0, &status), &ubrk_close);
    require(status, "words cannot be told apart");
    return opened;
  }();
  return iterator.get();
}

bool icu_breaks(std::string_view text, size_t at) {
  UErrorCode status = U_ZERO_ERROR;
  const Text utf8(utext_openUTF8(nullptr, text.data(), static_cast<int64_t>(text.size()), &status),
                  &utext_close);
  require(status, "a text cannot be opened");
  UBreakIterator* const iterator = word_iterator();
  ubrk_setUText(iterator, utf8.get(), &status);
  require(status, "a text cannot be cut into words");
  return ubrk_isBoundary(iterator, static_cast<int32_t>(at)) != 0;
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

bool is_word_boundary(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size()) return true;
  if (is_word_byte(text[at - 1]) && is_word_byte(text[at])) return false;  // of ASCII, the usual
  const size_t before = character_before(text, at);
  return !is_word_character(decode_utf8(text, before).code_point) ||
         !is_word_character(decode_utf8(text, at).code_point) || icu_breaks(text, at);
}

}  // namespace limbeck::nlp
