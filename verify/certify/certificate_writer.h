#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "verify/certify/certificate_draft.h"
#include "verify/certify/radius_search.h"
#include "verify/certify/sentence_set.h"
#include "verify/certify/word_verifier.h"

namespace limbeck::verify {

/// Where the files of a certified model are.
struct CertifiedModelFiles {
  std::filesystem::path weights;     ///< safetensors
  std::filesystem::path vocabulary;  ///< one word or piece a line, or tokenizer.json
};

/// A ball at each of `positions`, of the radius beside it.
struct BallClaim {
  std::vector<std::vector<int64_t>> positions;
  std::vector<Radius> radii;
  std::string norm;
  int64_t at_most =
      0;  ///< 0: the words of a ball move within it; else at most so many, each by itself
};

/// Writes proofs that `limbeck check-certificate` can follow without LibTorch: item-N.json and
/// item-N.safetensors in a folder (verify/certificate/certificate.h says what they hold), each
/// atomically. Weights that the model file holds are named, not copied.
class CertificateWriter {
 public:
  /// `model` must outlive the writer.
  /// Throws: ConfigError when the embedding table of the model is not a tensor of its file, or the
  ///         vocabulary has more pieces.
  CertificateWriter(WordModel& model, const CertifiedModelFiles& files,
                    std::filesystem::path folder);

  /// Bounds the set again by `method`, splitting words where that proves nothing. The name of the
  /// file from the output directory; empty when more than 64 parts would be needed.
  std::string write_synonyms(int64_t index, const CandidateSentence& sentence,
                             const WordProblem& problem, const std::string& method,
                             const BoundOptions& options);

  std::string write_balls(int64_t index, const CandidateSentence& sentence,
                          const WordProblem& problem, const BallClaim& claim,
                          const std::string& method, const BoundOptions& options);

 private:
  class Item;

  /// Throws: UnsupportedError for one that the file of the vocabulary has not.
  const std::string& piece(int64_t row) const;

  WordModel& model_;
  std::filesystem::path folder_;
  CertifiedModelFiles files_;
  std::string weights_sha256_, vocabulary_sha256_, embedding_;
  NamedWeights weights_;
  std::vector<std::string> vocabulary_words_;
};

/// The files of a --model and --vocabulary. Throws: ConfigError `--certificate: ...` for a model
/// that is not one safetensors file with a list of words.
CertifiedModelFiles certified_model_files(const std::filesystem::path& model,
                                          const std::filesystem::path& vocabulary);

}  // namespace limbeck::verify
