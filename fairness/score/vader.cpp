#include "fairness/score/vader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "fairness/score/vader_rules.h"
#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"
#include "nlp/core/sha256.h"
#include "nlp/core/threads.h"
#include "nlp/text/bert_characters.h"
#include "nlp/text/letter_case.h"
#include "nlp/text/utf8.h"

namespace limbeck::fairness {
namespace {

constexpr double kCapitals = 0.733;
constexpr double kNegation = -0.74;
constexpr double kAlpha = 15;  ///< of the normalisation

bool is_space(char32_t c) { return nlp::is_bert_whitespace(c) || (c >= 0x1C && c <= 0x1F); }

bool is_punctuation(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte > 32 && byte < 48) || (byte > 57 && byte < 65) || (byte > 90 && byte < 97) ||
         (byte > 122 && byte < 127);
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Without punctuation around it, unless two characters or less would be left (an emoticon).
std::string_view stripped(std::string_view word) {
  std::string_view inner = word;
  while (!inner.empty() && is_punctuation(inner.front())) inner.remove_prefix(1);
  while (!inner.empty() && is_punctuation(inner.back())) inner.remove_suffix(1);
  return characters(inner) <= 2 ? word : inner;
}

/// Up to four exclamation marks; two and more question marks.
double punctuation_emphasis(std::string_view text) {
  const auto exclamations = std::count(text.begin(), text.end(), '!');
  const auto questions = std::count(text.begin(), text.end(), '?');
  double emphasis = 0.292 * static_cast<double>(std::min<int64_t>(4, exclamations));
  if (questions > 1) emphasis += questions <= 3 ? 0.18 * static_cast<double>(questions) : 0.96;
  return emphasis;
}

}  // namespace

struct VaderScorer::Words {
  explicit Words(std::string_view text) {
    size_t begin = 0, at = 0;
    const auto end_word = [&] {
      if (begin < at) as_written.emplace_back(stripped(text.substr(begin, at - begin)));
    };
    while (at < text.size()) {
      const nlp::DecodedCharacter c = nlp::decode_utf8(text, at);
      if (is_space(c.code_point)) {
        end_word();
        begin = at + static_cast<size_t>(c.bytes);
      }
      at += static_cast<size_t>(c.bytes);
    }
    end_word();
    size_t upper = 0;
    for (const std::string& word : as_written) {
      lower.push_back(nlp::lowercased(word));
      is_upper.push_back(nlp::is_upper_case(word));
      upper += is_upper.back();
    }
    mixes_case = upper > 0 && upper < as_written.size();
  }

  /// The words `first` to `last` before word i, and so on: "to die for".
  std::string phrase(size_t first, size_t last) const {
    std::string text = lower[first];
    for (size_t k = first + 1; k <= last; ++k) text += " " + lower[k];
    return text;
  }
  bool is_one_of(size_t i, std::string_view a, std::string_view b) const {
    return lower[i] == a || lower[i] == b;
  }

  std::vector<std::string> as_written, lower;
  std::vector<bool> is_upper;
  bool mixes_case = false;
};

namespace {

double negated(const auto& words, size_t distance, size_t i, double valence) {
  const auto factor = [&](size_t at) {
    return detail::is_negation(words.lower[at]) ? kNegation : 1.0;
  };
  if (distance == 1) return valence * factor(i - 1);
  const bool is_so = words.is_one_of(i - 1, "so", "this");
  if (distance == 2) {
    if (words.lower[i - 2] == "never" && is_so) return valence * 1.25;
    if (words.lower[i - 2] == "without" && words.lower[i - 1] == "doubt") return valence;
    return valence * factor(i - 2);
  }
  if ((words.lower[i - 3] == "never" && words.is_one_of(i - 2, "so", "this")) || is_so)
    return valence * 1.25;
  if (words.lower[i - 3] == "without" &&
      (words.lower[i - 2] == "doubt" || words.lower[i - 1] == "doubt"))
    return valence;
  return valence * factor(i - 3);
}

/// Phrases around word i >= 3 that replace its rating, and two-word dampeners such as "sort of".
double with_phrases(const auto& words, size_t i, double valence) {
  const std::pair<size_t, size_t> ranges[] = {
      {i - 1, i}, {i - 2, i}, {i - 2, i - 1}, {i - 3, i - 1}, {i - 3, i - 2}};
  for (const auto& [first, last] : ranges)
    if (const auto rating = detail::special_phrase(words.phrase(first, last))) {
      valence = *rating;
      break;
    }
  for (size_t last = i + 1; last <= i + 2 && last < words.lower.size(); ++last)
    if (const auto rating = detail::special_phrase(words.phrase(i, last))) valence = *rating;
  return valence + detail::booster(words.phrase(i - 3, i - 1)) +
         detail::booster(words.phrase(i - 3, i - 2)) + detail::booster(words.phrase(i - 2, i - 1));
}

double capitals(double valence) { return valence > 0 ? valence + kCapitals : valence - kCapitals; }

/// What the intensifier `distance` words before adds.
double boost(const auto& words, size_t at, size_t distance, double valence) {
  double scalar = detail::booster(words.lower[at]);
  if (scalar == 0) return 0;
  if (valence < 0) scalar = -scalar;
  if (words.is_upper[at] && words.mixes_case) scalar += valence > 0 ? kCapitals : -kCapitals;
  return scalar * (distance == 1 ? 1 : distance == 2 ? 0.95 : 0.9);
}

/// "but" halves what stands before it and strengthens what follows. As in the released code, each
/// value changes at its first place in the list.
void weigh_but(const auto& words, std::vector<double>& valences) {
  const auto found = std::find(words.lower.begin(), words.lower.end(), "but");
  if (found == words.lower.end()) return;
  const auto but = found - words.lower.begin();
  for (size_t k = 0; k < valences.size(); ++k) {
    const double value = valences[k];
    const auto at = std::find(valences.begin(), valences.end(), value) - valences.begin();
    if (at < but) valences[static_cast<size_t>(at)] = value * 0.5;
    if (at > but) valences[static_cast<size_t>(at)] = value * 1.5;
  }
}

}  // namespace

VaderScorer::VaderScorer(const std::filesystem::path& lexicon_file) {
  const MappedFile file(lexicon_file);
  std::string_view text = file.text();
  source_sha256_ = sha256_hex(text);
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (line.empty()) continue;
    const size_t tab = line.find('\t');
    double rating = 0;
    const char* first = tab == std::string_view::npos ? nullptr : line.data() + tab + 1;
    if (first == nullptr || tab == 0 ||
        std::from_chars(first, line.data() + line.size(), rating).ec != std::errc() ||
        !std::isfinite(rating))
      throw DataError(lexicon_file.string() + ":" + std::to_string(number) +
                      ": expected a word and a rating with a tab between");
    ratings_[std::string(line.substr(0, tab))] = rating;
  }
  if (ratings_.empty()) throw DataError(lexicon_file.string() + ": expected rated words, got none");
}

double VaderScorer::after_no(const Words& words, size_t i, double valence) const {
  const std::string& word = words.lower[i];
  const double rating = valence;
  if (word == "no" && i + 1 < words.lower.size() && rated(words.lower[i + 1])) valence = 0;
  const bool follows = (i > 0 && words.lower[i - 1] == "no") ||
                       (i > 1 && words.lower[i - 2] == "no") ||
                       (i > 2 && words.lower[i - 3] == "no" && words.is_one_of(i - 1, "or", "nor"));
  return follows ? rating * kNegation : valence;
}

double VaderScorer::valence(const Words& words, size_t i) const {
  const std::string& word = words.lower[i];
  if (detail::booster(word) != 0) return 0;
  if (word == "kind" && i + 1 < words.lower.size() && words.lower[i + 1] == "of") return 0;
  const auto found = ratings_.find(word);
  if (found == ratings_.end()) return 0;
  double valence = after_no(words, i, found->second);
  if (words.is_upper[i] && words.mixes_case) valence = capitals(valence);
  for (size_t distance = 1; distance <= 3 && distance <= i; ++distance) {
    if (rated(words.lower[i - distance])) continue;
    valence += boost(words, i - distance, distance, valence);
    valence = negated(words, distance, i, valence);
    if (distance == 3) valence = with_phrases(words, i, valence);
  }
  if (i > 0 && words.lower[i - 1] == "least" && !rated("least") &&
      !(i > 1 && words.is_one_of(i - 2, "at", "very")))
    valence *= kNegation;
  return valence;
}

double VaderScorer::compound(std::string_view text) const {
  const Words words(text);
  if (words.lower.empty()) return 0;
  std::vector<double> valences;
  for (size_t i = 0; i < words.lower.size(); ++i) valences.push_back(valence(words, i));
  weigh_but(words, valences);
  double sum = 0;
  for (const double value : valences) sum += value;
  const double emphasis = punctuation_emphasis(text);
  sum += sum > 0 ? emphasis : sum < 0 ? -emphasis : 0;
  return std::clamp(sum / std::sqrt(sum * sum + kAlpha), -1.0, 1.0);
}

std::vector<double> VaderScorer::score(std::span<const std::string> texts) const {
  std::vector<double> scores(texts.size());
  parallel_for(static_cast<int64_t>(texts.size()), 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      scores[static_cast<size_t>(i)] = (compound(texts[static_cast<size_t>(i)]) + 1) / 2;
  });
  return scores;
}

}  // namespace limbeck::fairness
