#include "fairness/score/opinion_words.h"

#include <cstdlib>

#include "fairness/metric/distinct_words.h"
#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/letter_case.h"
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

std::unordered_set<std::string> read_words(const std::filesystem::path& file) {
  std::unordered_set<std::string> words;
  each_line(file, [&](const std::string& line) {
    if (!line.empty() && line[0] != ';') words.insert(nlp::lowercased(line));
  });
  if (words.empty()) throw DataError(file.string() + ": expected one word a line, got none");
  return words;
}

}  // namespace

OpinionWordScorer::OpinionWordScorer(const std::filesystem::path& lexicon) {
  if (std::filesystem::is_directory(lexicon)) {
    positive_ = read_words(lexicon / "positive-words.txt");
    negative_ = read_words(lexicon / "negative-words.txt");
    return;
  }
  each_line(lexicon, [&](const std::string& line) {
    const size_t tab = line.find('\t');
    if (tab == std::string::npos || tab == 0) return;
    const double rating = std::atof(line.c_str() + tab + 1);
    if (rating > 0) positive_.insert(nlp::lowercased(line.substr(0, tab)));
    if (rating < 0) negative_.insert(nlp::lowercased(line.substr(0, tab)));
  });
  if (positive_.empty() || negative_.empty())
    throw DataError(lexicon.string() +
                    ": expected words with positive and negative ratings, a tab between");
}

std::vector<double> OpinionWordScorer::score(std::span<const std::string> texts) const {
  std::vector<double> scores;
  for (const std::string& text : texts) {
    int64_t good = 0, bad = 0;
    for (const std::string& word : words_of(text)) {
      good += positive_.contains(word);
      bad += negative_.contains(word);
    }
    scores.push_back(good + bad == 0 ? 0.5
                                     : static_cast<double>(good) / static_cast<double>(good + bad));
  }
  return scores;
}

}  // namespace limbeck::fairness
