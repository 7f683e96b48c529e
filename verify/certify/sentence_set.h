#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verify/certify/word_problem.h"

namespace limbeck::verify {

/// A labelled sentence with allowed substitutions of each word.
struct CandidateSentence {
  std::string sentence;
  int64_t label = 0;
  std::vector<std::vector<std::string>> candidates;  ///< one list a word, in the order of the words
};

/// Reads [{"sentence", "label", "candidates"}, ...]. Throws: DataError `file: item 3: ...`.
std::vector<CandidateSentence> read_candidate_sentences(const std::filesystem::path& file);

/// How sentences become problems.
struct WordProblemOptions {
  int64_t max_words = 32;            ///< special words included; longer sentences are cut
  bool may_replace_unknown = false;  ///< words outside the vocabulary may be replaced, too
};

/// [CLS], lower-cased words between spaces, [SEP]; candidates that the vocabulary lacks are left
/// out. Source:  the rules of Xu et al. 2020. Throws: DataError for an empty sentence.
WordProblem word_problem(const CandidateSentence& sentence, const WordModel& model, int64_t budget,
                         const WordProblemOptions& options = {});

}  // namespace limbeck::verify
