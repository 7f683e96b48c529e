#include "data/corpus.h"

#include "data/read/line_reader.h"
#include "nlp/core/errors.h"

namespace limbeck::data {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

int64_t word_count(std::string_view text) {
  int64_t words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool is_blank = kBlanks.find(c) != std::string_view::npos;
    if (!is_blank && !in_word) ++words;
    in_word = !is_blank;
  }
  return words;
}

}  // namespace

std::string_view without_outer_blanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

void CorpusOptions::validate() const {
  if (min_words < 1)
    throw ConfigError("min_words: expected at least 1, got " + std::to_string(min_words));
  if (max_words < 0 || (max_words > 0 && max_words < min_words))
    throw ConfigError("max_words: expected 0 or at least min_words (" + std::to_string(min_words) +
                      "), got " + std::to_string(max_words));
  if (limit < 0) throw ConfigError("limit: expected at least 0, got " + std::to_string(limit));
}

CorpusBuilder::CorpusBuilder(const CorpusOptions& options, const HeldOutText* held_out)
    : options_(options), held_out_(held_out) {
  options_.validate();
}

bool CorpusBuilder::is_full() const {
  return options_.limit > 0 && static_cast<int64_t>(corpus_.sentences.size()) >= options_.limit;
}

bool CorpusBuilder::add(std::string_view line) {
  if (is_full()) return false;
  ++corpus_.lines_read;
  const std::string_view sentence = without_outer_blanks(line);
  const int64_t words = word_count(sentence);
  if (words == 0)
    ++corpus_.blank;
  else if (words < options_.min_words)
    ++corpus_.too_short;
  else if (options_.max_words > 0 && words > options_.max_words)
    ++corpus_.too_long;
  else if (held_out_ != nullptr && held_out_->is_in(sentence))
    ++corpus_.held_out;
  else if (options_.drop_duplicates && !seen_.insert(sentence))
    ++corpus_.duplicates;
  else
    corpus_.sentences.emplace_back(sentence);
  return !is_full();
}

Corpus read_corpus(const std::vector<std::filesystem::path>& files, const CorpusOptions& options,
                   const HeldOutText* held_out) {
  CorpusBuilder builder(options, held_out);
  std::string line;
  bool has_room = true;
  for (const std::filesystem::path& file : files) {
    if (!has_room) break;
    LineReader lines(file);
    while (has_room && lines.next(line)) has_room = builder.add(line);
  }
  Corpus corpus = builder.take();
  if (corpus.sentences.empty())
    throw DataError((files.empty() ? "text" : files.front().string()) + ": no sentence left of " +
                    std::to_string(corpus.lines_read) + " lines (" + std::to_string(corpus.blank) +
                    " blank, " + std::to_string(corpus.too_short) + " too short, " +
                    std::to_string(corpus.too_long) + " too long, " +
                    std::to_string(corpus.held_out) + " held out)");
  return corpus;
}

}  // namespace limbeck::data
