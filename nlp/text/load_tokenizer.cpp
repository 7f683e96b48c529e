#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/bpe_tokenizer.h"
#include "nlp/text/sentencepiece.h"
#include "nlp/text/tokenizer.h"
#include "nlp/text/word_piece_tokenizer.h"

namespace limbeck::nlp {
namespace {

/// A BPE model has merges; no other model of a tokenizer.json has that key.
bool has_merges(const std::filesystem::path& tokenizer_json) {
  return std::filesystem::exists(tokenizer_json) &&
         MappedFile(tokenizer_json).text().find("\"merges\"") != std::string_view::npos;
}

}  // namespace

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_directory) {
  if (has_merges(model_directory / "tokenizer.json"))
    return std::make_unique<BpeTokenizer>(read_bpe(model_directory),
                                          (model_directory / "tokenizer.json").string());
  if (std::filesystem::exists(model_directory / "tokenizer.json") ||
      std::filesystem::exists(model_directory / "vocab.txt"))
    return std::make_unique<WordPieceTokenizer>(read_word_piece(model_directory));
  if (std::filesystem::exists(model_directory / "spm.model"))
    return load_sentencepiece(model_directory / "spm.model");
  throw DataError(model_directory.string() +
                  ": no tokenizer (looked for tokenizer.json, vocab.txt, spm.model)");
}

}  // namespace limbeck::nlp
