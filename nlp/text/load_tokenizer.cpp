#include "nlp/core/errors.h"
#include "nlp/text/sentencepiece.h"
#include "nlp/text/tokenizer.h"
#include "nlp/text/word_piece_tokenizer.h"

namespace limbeck::nlp {

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_directory) {
  if (std::filesystem::exists(model_directory / "tokenizer.json") ||
      std::filesystem::exists(model_directory / "vocab.txt"))
    return std::make_unique<WordPieceTokenizer>(read_word_piece(model_directory));
  if (std::filesystem::exists(model_directory / "spm.model"))
    return load_sentencepiece(model_directory / "spm.model");
  throw DataError(model_directory.string() +
                  ": no tokenizer (looked for tokenizer.json, vocab.txt, spm.model)");
}

}  // namespace limbeck::nlp
