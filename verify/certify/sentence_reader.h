#pragma once

#include <memory>
#include <string>
#include <vector>

#include "verify/certify/sentence_set.h"
#include "verify/network/piece_classifier.h"

namespace limbeck::verify {

/// How the sentences of a data file become problems of one model.
class SentenceReader {
 public:
  virtual ~SentenceReader() = default;
  /// Throws: DataError for an empty sentence, or one of which the model knows no word.
  virtual WordProblem read(const CandidateSentence& sentence, int64_t budget) = 0;
};

/// Words between spaces, looked up in the vocabulary of the model, which must outlive the reader.
std::unique_ptr<SentenceReader> make_word_reader(WordModel& model,
                                                 const WordProblemOptions& options = {});

/// Words as the tokenizer of the model separates them: cut at white space, punctuation and
/// ideographs. `classifier` must outlive the reader, which adds words to its model.
///
/// A candidate takes the place of its word in the sentence, which is tokenized again: it is left
/// out when the pieces of other words change or their number does. Of a word between spaces that is
/// cut into several, such as `film.`, candidates go to its only part that is no punctuation.
std::unique_ptr<SentenceReader> make_piece_reader(PieceClassifier& classifier);

}  // namespace limbeck::verify
