#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "nlp/text/tokenizer.h"
#include "verify/network/word_model.h"

namespace limbeck::verify {

/// A fine-tuned classifier of single sentences whose tokenizer cuts words into pieces.
struct PieceClassifier {
  WordModel model;  ///< of the rows of its word-piece table; words are added as sentences are read
  std::shared_ptr<const nlp::Tokenizer> tokenizer;
  std::vector<std::string> labels;  ///< names of the classes, in the order of the logits
  int32_t max_length = 0;           ///< tokens kept of a sentence, special ones included
  bool has_special_tokens = true;   ///< whether the model reads [CLS] and [SEP]
};

/// A BERT or a student that `limbeck finetune` wrote, or a BERT classifier of a Hugging Face
/// directory. Throws: DataError naming file and tensor or key: no head, a head of pairs or of a
/// regression, weights that are not finite; UnsupportedError for another kind of model.
PieceClassifier load_piece_classifier(const std::filesystem::path& directory, at::ScalarType dtype);

}  // namespace limbeck::verify
