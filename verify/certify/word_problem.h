#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "verify/network/word_model.h"
#include "verify/region/synonym_set.h"

namespace limbeck::verify {

/// One sentence, its class, what each word may become, and how many words may change at once.
struct WordProblem {
  std::vector<int64_t> words = {};  ///< ids, special ones included
  int64_t label = 0;
  std::vector<std::vector<int64_t>> candidates = {};  ///< for each word; without the word itself
  int64_t budget = 0;                                 ///< replaced words at most
  int64_t before = 1, after = 1;                ///< special words at both ends, which never move
  std::map<std::string, int64_t> skipped = {};  ///< candidates that were left out: why, how many

  int64_t length() const { return static_cast<int64_t>(words.size()); }
  int64_t replaceable() const;
  /// Sentences in the set, the original included; stops counting above `limit`.
  double combinations() const;
};

/// A replaced word.
struct Replacement {
  int64_t position = 0, word = 0;
};

/// All sentences of a set as ids (N, T). For sets that combinations() says are small.
at::Tensor enumerate_sentences(const WordProblem& problem);

/// The sets of problems of one layout as one region.
SynonymSet region_of(const std::vector<WordProblem>& problems, const WordModel& model);

/// Which replacements the coordinates of region_of() are: in the order word, candidate.
std::vector<Replacement> replacements_of(const WordProblem& problem);

/// The sentence with replacements made.
std::vector<int64_t> with_replacements(const WordProblem& problem,
                                       const std::vector<Replacement>& replacements);

/// Rows e_label - e_c for every other class c: (C - 1, B, C).
at::Tensor margin_rows(const std::vector<int64_t>& labels, int64_t classes, at::ScalarType dtype);
at::Tensor margin_rows(const std::vector<WordProblem>& problems, int64_t classes,
                       at::ScalarType dtype);

}  // namespace limbeck::verify
