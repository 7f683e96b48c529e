#include "verify/certify/sentence_model.h"

#include <filesystem>

#include "nlp/core/json_file.h"
#include "verify/network/word_net.h"

namespace limbeck::verify {

namespace fs = std::filesystem;

fs::path vocabulary_of(const CertifyOptions& options) {
  return options.vocabulary.empty() ? fs::path(options.model).parent_path() / "vocab.txt"
                                    : fs::path(options.vocabulary);
}

SentenceModel::SentenceModel(WordModel model)
    : words_(std::make_unique<WordModel>(std::move(model))), reader_(make_word_reader(*words_)) {}

SentenceModel::SentenceModel(PieceClassifier classifier)
    : pieces_(std::make_unique<PieceClassifier>(std::move(classifier))),
      reader_(make_piece_reader(*pieces_)) {}

SentenceModel load_sentence_model(const CertifyOptions& options) {
  const at::ScalarType dtype = options.arith == "fast" ? at::kFloat : at::kDouble;
  if (fs::is_directory(options.model) && !is_word_net(options.model))
    return SentenceModel(load_piece_classifier(options.model, dtype));
  return SentenceModel(
      load_word_model(options.model, vocabulary_of(options), options.heads, dtype));
}

}  // namespace limbeck::verify
