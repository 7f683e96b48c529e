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
  std::string label_name = {};  ///< the class as the file names it, where it is not a number
};

/// Reads [{"sentence", "label", "candidates"}, ...], or a table with the columns `sentence` (or
/// `text`) and `label` when the file ends in .tsv or .tsv.gz. Throws: DataError naming file and
/// item or line.
std::vector<CandidateSentence> read_candidate_sentences(const std::filesystem::path& file);

/// The number of the class that a sentence names, by these names of classes in their order. A name
/// that is none of them may be a number. Throws: DataError `label: expected one of ..., got 'x'`.
int64_t label_of(const CandidateSentence& sentence, const std::vector<std::string>& names);

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
