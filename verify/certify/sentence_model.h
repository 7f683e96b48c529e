#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "verify/certify/sentence_reader.h"
#include "verify/options/certify_options.h"

namespace limbeck::verify {

/// A classifier of sentences, whatever it was read from, and how its sentences are read.
class SentenceModel {
 public:
  /// Whole words.
  explicit SentenceModel(WordModel model);
  /// Pieces.
  explicit SentenceModel(PieceClassifier classifier);

  WordModel& model() { return words_ ? *words_ : pieces_->model; }
  SentenceReader& reader() { return *reader_; }
  /// Whether punctuation at the ends of a word between spaces is words of its own.
  bool cuts_punctuation() const { return pieces_ != nullptr; }
  /// Names of the classes in the order of the logits; none where the model does not say.
  std::vector<std::string> labels() const {
    return pieces_ ? pieces_->labels : std::vector<std::string>();
  }

 private:
  std::unique_ptr<WordModel> words_;
  std::unique_ptr<PieceClassifier> pieces_;
  std::unique_ptr<SentenceReader> reader_;
};

/// `--vocab`, or vocab.txt beside the file of the model.
std::filesystem::path vocabulary_of(const CertifyOptions& options);

/// The model that `--model` names: a directory of a fine-tuned classifier (BERT or student), of a
/// word network that `finetune --certified` wrote, or the safetensors file of a word-level
/// Transformer. Throws: DataError, UnsupportedError, ConfigError as their readers.
SentenceModel load_sentence_model(const CertifyOptions& options);

}  // namespace limbeck::verify
