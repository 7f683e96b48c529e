#include <algorithm>

#include "nlp/core/errors.h"
#include "verify/certify/sentence_reader.h"

namespace limbeck::verify {
namespace {

class WordReader final : public SentenceReader {
 public:
  WordReader(WordModel& model, WordProblemOptions options) : model_(model), options_(options) {}

  WordProblem read(const CandidateSentence& sentence, int64_t budget) override {
    WordProblem problem = word_problem(sentence, model_, budget, options_);
    const int64_t unknown = model_.find_word("[UNK]");
    if (std::all_of(problem.words.begin() + 1, problem.words.end() - 1,
                    [unknown](int64_t word) { return word == unknown; }))
      throw DataError("no word of the sentence is in the vocabulary");
    return problem;
  }

 private:
  WordModel& model_;
  WordProblemOptions options_;
};

}  // namespace

std::unique_ptr<SentenceReader> make_word_reader(WordModel& model,
                                                 const WordProblemOptions& options) {
  return std::make_unique<WordReader>(model, options);
}

}  // namespace limbeck::verify
