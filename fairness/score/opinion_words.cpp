#include "fairness/score/opinion_words.h"

#include <algorithm>
#include <cstdlib>

#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"
#include "nlp/core/sha256.h"
#include "nlp/text/utf8.h"

namespace limbeck::fairness {
namespace {

std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) nlp::append_utf8(static_cast<unsigned char>(byte), text);
  return text;
}

template <class Line>
void each_line(const std::filesystem::path& file, Line line) {
  const MappedFile mapped(file);
  const std::string_view text = mapped.text();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view one = text.substr(begin, end - begin);
    if (one.ends_with('\r')) one.remove_suffix(1);
    line(nlp::first_invalid_utf8(one) == std::string_view::npos ? std::string(one)
                                                                : from_latin1(one));
    begin = end + 1;
  }
}

std::vector<std::string> read_words(const std::filesystem::path& file) {
  std::vector<std::string> words;
  each_line(file, [&](const std::string& line) {
    if (!line.empty() && line[0] != ';') words.push_back(line);
  });
  if (words.empty()) throw DataError(file.string() + ": expected one word a line, got none");
  return words;
}

/// Where an entry that ends with this word may end too: "a+", "bull****" and "anti-" have signs
/// behind it.
size_t end_with_signs(const std::string& text, size_t end) {
  return std::min(text.find_first_not_of("*+-", end), text.size());
}

}  // namespace

OpinionWordScorer::OpinionWordScorer(const std::filesystem::path& lexicon) {
  if (std::filesystem::is_directory(lexicon)) {
    const std::filesystem::path positive = lexicon / "positive-words.txt",
                                negative = lexicon / "negative-words.txt";
    for (const std::string& word : read_words(positive)) add(word, true);
    for (const std::string& word : read_words(negative)) add(word, false);
    source_sha256_ = sha256_hex(sha256_hex_of_file(positive) + sha256_hex_of_file(negative));
    return;
  }
  source_sha256_ = sha256_hex_of_file(lexicon);
  each_line(lexicon, [&](const std::string& line) {
    const size_t tab = line.find('\t');
    if (tab == std::string::npos || tab == 0) return;
    const double rating = std::atof(line.c_str() + tab + 1);
    if (rating != 0) add(line.substr(0, tab), rating > 0);
  });
  if (positive_.empty() || negative_.empty())
    throw DataError(lexicon.string() +
                    ": expected words with positive and negative ratings, a tab between");
}

void OpinionWordScorer::add(const std::string& entry, bool is_positive) {
  const std::string word = folded(entry);
  longest_ = std::max(longest_, word_places(word).size());
  (is_positive ? positive_ : negative_).insert(word);
}

bool OpinionWordScorer::has(const std::string& entry) const {
  return positive_.contains(entry) || negative_.contains(entry);
}

std::pair<std::string, size_t> OpinionWordScorer::entry_at(const std::string& text,
                                                           std::span<const WordPlace> words) const {
  const size_t begin = words.front().begin;
  for (size_t count = std::min(longest_, words.size()); count > 0; --count) {
    const size_t end = words[count - 1].end;
    for (const size_t last : {end_with_signs(text, end), end}) {
      std::string entry = text.substr(begin, last - begin);
      if (has(entry)) return {std::move(entry), count};
    }
  }
  return {text.substr(begin, words.front().end - begin), 1};
}

std::vector<double> OpinionWordScorer::score(std::span<const std::string> texts) const {
  std::vector<double> scores;
  for (const std::string& text : texts) {
    int64_t good = 0, bad = 0;
    const std::string lower = folded(text);
    const std::vector<WordPlace> words = word_places(lower);
    for (size_t i = 0; i < words.size();) {
      const auto [entry, count] = entry_at(lower, std::span(words).subspan(i));
      good += positive_.contains(entry);
      bad += negative_.contains(entry);
      i += count;
    }
    scores.push_back(good + bad == 0 ? 0.5
                                     : static_cast<double>(good) / static_cast<double>(good + bad));
  }
  return scores;
}

}  // namespace limbeck::fairness
