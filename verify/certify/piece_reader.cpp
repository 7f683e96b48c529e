#include <algorithm>
#include <string_view>

#include "nlp/core/errors.h"
#include "nlp/text/bert_characters.h"
#include "nlp/text/utf8.h"
#include "verify/certify/sentence_reader.h"

namespace limbeck::verify {
namespace {

/// Why candidates are left out, as the lines say it.
constexpr const char* kOtherCount = "other number of pieces";
constexpr const char* kUnknown = "not in the vocabulary";
constexpr const char* kUnknownWord = "the word itself is not in the vocabulary";
constexpr const char* kCutWord = "the tokenizer cuts the word into several";

/// What the model reads of a text.
struct Pieces {
  std::vector<int64_t> ids;
  std::vector<nlp::TextSpan> spans;
  std::vector<bool> is_special;
};

/// Consecutive pieces, and the part of the text that they stand for.
struct Word {
  size_t first = 0, count = 0;
  size_t begin = 0, end = 0;
  bool is_special = false;
};

/// Whether words end before and after the character: what BERT's tokenizer cuts at.
bool separates(char32_t c) {
  return nlp::is_bert_whitespace(c) || nlp::is_bert_punctuation(c) || nlp::is_bert_ideograph(c);
}

char32_t character_before(std::string_view text, size_t end) {
  size_t start = end - 1;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80) --start;
  return nlp::decode_utf8(text, start).code_point;
}

bool is_boundary(std::string_view text, const nlp::TextSpan& left, const nlp::TextSpan& right) {
  if (right.begin < left.end) return false;
  if (right.begin > left.end) return true;
  const size_t at = static_cast<size_t>(right.begin);
  return at == 0 || at >= text.size() || separates(character_before(text, at)) ||
         separates(nlp::decode_utf8(text, at).code_point);
}

bool has_letters(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const nlp::DecodedCharacter c = nlp::decode_utf8(text, at);
    if (!nlp::is_bert_punctuation(c.code_point) && !nlp::is_bert_whitespace(c.code_point))
      return true;
    at += static_cast<size_t>(c.bytes);
  }
  return false;
}

class PieceReader final : public SentenceReader {
 public:
  explicit PieceReader(PieceClassifier& classifier) : classifier_(classifier) {}

  WordProblem read(const CandidateSentence& sentence, int64_t budget) override {
    const std::string& text = sentence.sentence;
    const Pieces pieces = pieces_of(text);
    const std::vector<Word> words = words_of(text, pieces);
    WordProblem problem;
    problem.label = sentence.label;
    problem.budget = budget;
    problem.before = problem.after = 0;
    for (const Word& word : words) {
      problem.words.push_back(add_word(pieces, word));
      problem.candidates.emplace_back();
    }
    while (problem.before < problem.length() &&
           words[static_cast<size_t>(problem.before)].is_special)
      ++problem.before;
    if (problem.before == problem.length()) throw DataError("empty sentence");
    while (words[words.size() - 1 - static_cast<size_t>(problem.after)].is_special) ++problem.after;
    require_known_word(pieces);
    add_candidates(sentence, pieces, words, problem);
    return problem;
  }

 private:
  Pieces pieces_of(const std::string& text) const {
    const nlp::Encoding encoding =
        classifier_.tokenizer->encode(text, std::nullopt, classifier_.max_length);
    Pieces pieces;
    for (size_t i = 0; i < encoding.ids.size(); ++i) {
      const bool is_special = encoding.special_mask[i] != 0;
      if (is_special && !classifier_.has_special_tokens) continue;
      pieces.ids.push_back(encoding.ids[i]);
      pieces.spans.push_back(encoding.spans[i]);
      pieces.is_special.push_back(is_special);
    }
    return pieces;
  }

  static std::vector<Word> words_of(std::string_view text, const Pieces& pieces) {
    std::vector<Word> words;
    for (size_t i = 0; i < pieces.ids.size(); ++i) {
      const nlp::TextSpan& span = pieces.spans[i];
      const bool goes_on = i > 0 && !pieces.is_special[i] && !pieces.is_special[i - 1] &&
                           !is_boundary(text, pieces.spans[i - 1], span);
      if (!goes_on)
        words.push_back({i, 0, static_cast<size_t>(span.begin), 0, pieces.is_special[i]});
      ++words.back().count;
      words.back().end = static_cast<size_t>(span.end);
    }
    for (Word& word : words)  // pieces of some tokenizers begin with a blank
      while (word.begin < word.end && text[word.begin] == ' ') ++word.begin;
    return words;
  }

  std::vector<int64_t> rows_of(const Pieces& pieces, const Word& word) const {
    const auto first = pieces.ids.begin() + static_cast<int64_t>(word.first);
    return {first, first + static_cast<int64_t>(word.count)};
  }

  int64_t add_word(const Pieces& pieces, const Word& word) {
    const std::vector<int64_t> rows = rows_of(pieces, word);
    const std::vector<int32_t> ids(rows.begin(), rows.end());
    std::string text = classifier_.tokenizer->decode(ids);
    if (text.empty()) text = classifier_.tokenizer->token(ids.front());
    return classifier_.model.add_word(rows, text);
  }

  bool is_unknown(const Pieces& pieces, const Word& word) const {
    const std::vector<int64_t> rows = rows_of(pieces, word);
    return std::ranges::find(rows, classifier_.tokenizer->unknown_id()) != rows.end();
  }

  void require_known_word(const Pieces& pieces) const {
    for (size_t i = 0; i < pieces.ids.size(); ++i)
      if (!pieces.is_special[i] && pieces.ids[i] != classifier_.tokenizer->unknown_id()) return;
    throw DataError("no word of the sentence is in the vocabulary");
  }

  void add_candidates(const CandidateSentence& sentence, const Pieces& pieces,
                      const std::vector<Word>& words, WordProblem& problem) {
    size_t begin = 0;
    for (size_t i = 0; i < sentence.candidates.size() && begin <= sentence.sentence.size(); ++i) {
      const size_t end = std::min(sentence.sentence.find(' ', begin), sentence.sentence.size());
      const std::vector<std::string>& list = sentence.candidates[i];
      if (!list.empty()) {
        const int64_t target = target_of(sentence.sentence, words, begin, end);
        if (target == kNone) break;  // cut off: the model reads no more
        if (target == kSeveral)
          problem.skipped[kCutWord] += static_cast<int64_t>(list.size());
        else
          add_list(sentence.sentence, list, pieces, words, static_cast<size_t>(target), problem);
      }
      begin = end + 1;
    }
  }

  static constexpr int64_t kNone = -1, kSeveral = -2;

  /// The word that candidates of the text between two spaces are for.
  static int64_t target_of(std::string_view text, const std::vector<Word>& words, size_t begin,
                           size_t end) {
    std::vector<int64_t> parts, lettered;
    for (size_t w = 0; w < words.size(); ++w) {
      if (words[w].is_special || words[w].begin < begin || words[w].end > end) continue;
      parts.push_back(static_cast<int64_t>(w));
      if (has_letters(text.substr(words[w].begin, words[w].end - words[w].begin)))
        lettered.push_back(static_cast<int64_t>(w));
    }
    if (parts.empty()) return kNone;
    if (parts.size() == 1) return parts.front();
    return lettered.size() == 1 ? lettered.front() : kSeveral;
  }

  void add_list(const std::string& text, const std::vector<std::string>& list, const Pieces& pieces,
                const std::vector<Word>& words, size_t target, WordProblem& problem) {
    const Word& word = words[target];
    if (is_unknown(pieces, word)) {
      problem.skipped[kUnknownWord] += static_cast<int64_t>(list.size());
      return;
    }
    std::vector<int64_t>& allowed = problem.candidates[target];
    for (const std::string& candidate : list) {
      const Pieces other =
          pieces_of(text.substr(0, word.begin) + candidate + text.substr(word.end));
      if (!is_replaced_only(pieces, other, word)) {
        ++problem.skipped[kOtherCount];
      } else if (is_unknown(other, word)) {
        ++problem.skipped[kUnknown];
      } else {
        const int64_t id = add_word(other, word);
        if (id != problem.words[target] && std::ranges::find(allowed, id) == allowed.end())
          allowed.push_back(id);
      }
    }
  }

  /// The same pieces but for those of the word, which are as many.
  static bool is_replaced_only(const Pieces& pieces, const Pieces& other, const Word& word) {
    if (other.ids.size() != pieces.ids.size()) return false;
    for (size_t i = 0; i < pieces.ids.size(); ++i) {
      const bool is_inside = i >= word.first && i < word.first + word.count;
      if (!is_inside && pieces.ids[i] != other.ids[i]) return false;
    }
    return true;
  }

  PieceClassifier& classifier_;
};

}  // namespace

std::unique_ptr<SentenceReader> make_piece_reader(PieceClassifier& classifier) {
  return std::make_unique<PieceReader>(classifier);
}

}  // namespace limbeck::verify
