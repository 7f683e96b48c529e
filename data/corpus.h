#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "data/held_out_text.h"
#include "data/sentence_set.h"

namespace limbeck::data {

/// Which lines of raw text become sentences.
struct CorpusOptions {
  int64_t min_words =
      1;  ///< words are runs of non-blank characters; shorter lines are left out; >= 1
  int64_t max_words = 0;  ///< longer lines are left out; 0 = no limit
  bool drop_duplicates =
      true;  ///< keep the first of sentences that differ in case, blanks or punctuation only
  int64_t limit = 0;  ///< sentences at most; 0 = all

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("min_words", self.min_words, "shorter lines are left out");
    visit("max_words", self.max_words, "longer lines are left out; 0 = no limit");
    visit("drop_duplicates", self.drop_duplicates,
          "keep the first of sentences that differ in case, blanks or punctuation only");
    visit("limit", self.limit, "sentences at most; 0 = all");
  }

  /// Throws: ConfigError naming the field and the value.
  void validate() const;
};

/// Sentences with the count of what was left out.
struct Corpus {
  std::vector<std::string> sentences;
  int64_t lines_read = 0, blank = 0, too_short = 0, too_long = 0, duplicates = 0, held_out = 0;
};

/// Adds lines to a corpus one by one, under the options.
class CorpusBuilder {
 public:
  /// `held_out` (may be null) is text to leave out, such as a development set; it must
  /// outlive the builder.
  explicit CorpusBuilder(const CorpusOptions& options, const HeldOutText* held_out = nullptr);

  /// False when the limit is reached. Blanks around the line are removed.
  bool add(std::string_view line);
  Corpus take() { return std::move(corpus_); }

 private:
  bool is_full() const;

  CorpusOptions options_;
  const HeldOutText* held_out_;
  SentenceSet seen_;
  Corpus corpus_;
};

/// Reads files with one sentence a line (plain, gzip or `-`), in the order given.
/// Throws: ConfigError for the options; DataError as LineReader, and when no sentence is left.
Corpus read_corpus(const std::vector<std::filesystem::path>& files, const CorpusOptions& options,
                   const HeldOutText* held_out = nullptr);

/// `text` without blanks (space, tab, CR, LF) at both ends.
std::string_view without_outer_blanks(std::string_view text);

}  // namespace limbeck::data
