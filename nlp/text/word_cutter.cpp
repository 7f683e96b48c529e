#include "nlp/text/word_cutter.h"

#include <algorithm>

#include "nlp/text/utf8.h"
#include "nlp/text/word_classes.h"

namespace limbeck::nlp {
namespace {

/// The character at a place and where it ends; class kEnd behind the last one.
struct Place {
  WordClass kind = WordClass::kEnd;
  char32_t c = 0;
  size_t end = 0;
};

class Scanner {
 public:
  Scanner(std::string_view text, std::vector<size_t>& ends) : text_(text), ends_(ends) {}

  void gpt2(size_t begin, size_t end) {
    end_ = end;
    for (size_t at = begin; at < end;) add(at = gpt2_word(at));
  }
  void digits(size_t begin, size_t end);
  void llama3(int most_digits) {
    end_ = text_.size();
    for (size_t at = 0; at < end_;) add(at = llama3_word(at, most_digits));
  }

 private:
  Place look(size_t at) const {
    if (at >= end_) return {WordClass::kEnd, 0, at};
    const auto byte = static_cast<unsigned char>(text_[at]);
    if (byte < 0x80) return {ascii_word_class(byte), byte, at + 1};
    const DecodedCharacter c = decode_utf8(text_, at);
    return {word_class(c.code_point), c.code_point, at + static_cast<size_t>(c.bytes)};
  }
  void add(size_t end) { ends_.push_back(end); }

  /// End of the run of `kind` that starts at `at`.
  size_t run(size_t at, WordClass kind) const {
    for (Place place = look(at); place.kind == kind; place = look(at)) at = place.end;
    return at;
  }

  /// End of 's, 't, 're, 've, 'm, 'll or 'd at `at`; `at` when there is none.
  size_t contraction(size_t at, bool ignore_case) const;
  /// \s+(?!\S)|\s+ : a run of white space without its last character, if text follows.
  size_t spaces(size_t at) const;
  size_t gpt2_word(size_t at) const;
  size_t llama3_word(size_t at, int most_digits) const;

  std::string_view text_;
  std::vector<size_t>& ends_;
  size_t end_ = 0;
};

/// Folds the letters of the contractions: A-Z, and the long s, which folds to s.
char32_t folded(char32_t c, bool ignore_case) {
  if (!ignore_case) return c;
  if (c == 0x17F) return 's';
  return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

size_t Scanner::contraction(size_t at, bool ignore_case) const {
  if (text_[at] != '\'') return at;
  const Place first = look(at + 1);
  const char32_t a = folded(first.c, ignore_case);
  if (first.kind == WordClass::kEnd) return at;
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return first.end;
  const Place second = look(first.end);
  const char32_t b = folded(second.c, ignore_case);
  const bool two = (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l');
  return two && second.kind != WordClass::kEnd ? second.end : at;
}

size_t Scanner::spaces(size_t at) const {
  size_t last = at, end = at;
  for (Place place = look(at); place.kind == WordClass::kSpace; place = look(end)) {
    last = end;
    end = place.end;
  }
  return end == end_ || last == at ? end : last;
}

size_t Scanner::gpt2_word(size_t at) const {
  if (const size_t end = contraction(at, false); end != at) return end;
  const Place first = look(at);
  if (first.c == ' ') {
    const Place second = look(first.end);
    if (second.kind == WordClass::kEnd || second.kind == WordClass::kSpace) return spaces(at);
    return run(second.end, second.kind);
  }
  return first.kind == WordClass::kSpace ? spaces(at) : run(first.end, first.kind);
}

void Scanner::digits(size_t begin, size_t end) {
  size_t open = begin;
  end_ = end;
  for (size_t at = begin; at < end;) {
    end_ = end;
    const Place place = look(at);
    if (is_numeral(place.c)) {
      if (open < at) gpt2(open, at);
      add(place.end);
      open = place.end;
    }
    at = place.end;
  }
  if (open < end) gpt2(open, end);
}

size_t Scanner::llama3_word(size_t at, int most_digits) const {
  if (const size_t end = contraction(at, true); end != at) return end;
  const Place first = look(at);
  const bool is_newline = first.c == '\r' || first.c == '\n';
  if (first.kind == WordClass::kLetter) return run(first.end, WordClass::kLetter);
  const Place second = look(first.end);
  if (first.kind != WordClass::kNumber && !is_newline && second.kind == WordClass::kLetter)
    return run(second.end, WordClass::kLetter);
  if (first.kind == WordClass::kNumber) {
    size_t end = first.end;
    for (int count = 1; count < most_digits && look(end).kind == WordClass::kNumber; ++count)
      end = look(end).end;
    return end;
  }
  if (first.kind == WordClass::kOther || (first.c == ' ' && second.kind == WordClass::kOther)) {
    size_t end = run(first.kind == WordClass::kOther ? first.end : second.end, WordClass::kOther);
    while (end < end_ && (text_[end] == '\r' || text_[end] == '\n')) ++end;
    return end;
  }
  size_t newline = at;  // \s*[\r\n]+ : to the last line end of the run
  const size_t stop = run(at, WordClass::kSpace);
  for (size_t i = at; i < stop; ++i)
    if (text_[i] == '\r' || text_[i] == '\n') newline = i + 1;
  return newline > at ? newline : spaces(at);
}

}  // namespace

std::string_view pattern_text(WordPattern pattern) {
  switch (pattern) {
    case WordPattern::kLlama3:
      return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| "
             "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    case WordPattern::kQwen2:
      return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
             "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    default:
      return "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
  }
}

void cut_words(WordPattern pattern, std::string_view text, std::vector<size_t>& ends) {
  Scanner scanner(text, ends);
  switch (pattern) {
    case WordPattern::kGpt2:
      return scanner.gpt2(0, text.size());
    case WordPattern::kGpt2Digits:
      return scanner.digits(0, text.size());
    case WordPattern::kLlama3:
      return scanner.llama3(3);
    case WordPattern::kQwen2:
      return scanner.llama3(1);
  }
}

}  // namespace limbeck::nlp
