#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nlp/tensor/tensor_view.h"
#include "verify/certificate/dense.h"

/// The contents of one certificate: what verify/certify/certificate_draft.h writes, of sentences
/// (certificate_writer.h) or of inputs of any network (input_certificates.h).
///
/// A JSON file names everything; a safetensors file beside it has the numbers, all F64:
///   g<i>.<k>               constant k of node i that the model file does not hold by itself
///   p<j>.<i>.lower, upper  bounds of node i in part j
///   p<j>.<i>.lines         (4, *shape): lower slope and offset, upper slope and offset
///   p<j>.<i>.plane<k>      planes of a joint operation, in the order of its file in verify/relax
namespace limbeck::verify {

/// A word that a tokenizer cuts into pieces: rows of the embedding table, and their texts.
struct CertifiedPieces {
  std::vector<int64_t> rows;
  std::vector<std::string> texts;

  /// The word: `##` in front of a piece is left out.
  std::string text() const;
};

/// One word of the sentence and what may stand in its place.
struct CertifiedWord {
  int64_t id = 0;
  std::string text;
  std::vector<int64_t> candidates = {};
  std::vector<std::string> candidate_texts = {};
};

/// A node of the graph; constants that are absent have no values.
struct CertifiedNode {
  std::string op;
  std::vector<int64_t> inputs, shape, ints;
  std::vector<double> numbers;
  std::vector<Dense> constants;

  size_t size() const;
};

/// How a set of sentences is covered: by a part with a proof of its own, or by what is left when
/// one word is kept or replaced.
struct CoverTree {
  int64_t part = -1;      ///< of a leaf
  int64_t position = -1;  ///< of the word that is split
  std::unique_ptr<CoverTree> kept = {};
  std::vector<std::unique_ptr<CoverTree>> replaced = {};  ///< one for each candidate
};

/// A ball of embeddings around the words at some positions, and the part that proves it.
struct CertifiedBall {
  std::vector<int64_t> positions;
  double radius = 0;
  int64_t part = -1;
  /// 0: all of them move within one ball; else at most so many, each within a ball of its own.
  int64_t at_most = 0;
};

/// What is proved of one node in one part.
struct NodeProof {
  Box box;
  Dense lines;                ///< scalar operations
  std::vector<Dense> planes;  ///< joint operations
};

struct Certificate {
  std::string sentence;  ///< for readers: what is proved is about `words`; of an input its file
  int64_t label = 0, classes = 0;
  int64_t input = -1;     ///< place in a file of inputs; -1: the claim is about a sentence
  std::string embedding;  ///< name of the table in the model file
  std::vector<CertifiedWord> words;
  std::vector<CertifiedPieces> pieces;  ///< what the ids of words are, of models of pieces
  int64_t rows = 0;                     ///< of the embedding table in the model file
  int64_t budget = 0;                   ///< of synonyms; 0: balls
  std::string norm;                     ///< of balls: "1", "2" or "inf"
  std::vector<CertifiedBall> balls;
  bool by_zonotopes = false;         ///< they prove bounds that intervals do not
  std::unique_ptr<CoverTree> cover;  ///< of synonyms
  std::vector<double> margins;       ///< of each part, as the writer found it
  std::vector<CertifiedNode> graph;
  /// (V, E); of pieces (words, slots * E): rows side by side, then zeros; of an input (1,
  /// elements).
  Dense table;
  std::vector<std::string> vocabulary_words;
  std::vector<std::vector<NodeProof>> parts;
};

/// Where the files are that a certificate names; empty: where it says.
struct CertificateFiles {
  std::string model = {}, vocabulary = {}, data = {};
};

/// Tensors of a safetensors file by name.
using TensorViews = std::map<std::string, nlp::TensorView>;

/// What stands beside the JSON of a certificate. The weights of sentences are in the model file,
/// those of an input's network beside the certificate; `data` (inputs) and `vocabulary` (sentences)
/// are empty for the other kind.
struct CertificateParts {
  TensorViews tensors, weights, data;
  std::vector<std::string> vocabulary;  ///< by id
};

/// What the files of a certificate say; hashes are not looked at.
///
/// Throws:  DataError, one line starting with `where`, for everything that is malformed.
Certificate parse_certificate(const nlohmann::json& json, const CertificateParts& parts,
                              const std::string& where);

/// Reads a certificate, its tensors, the model and the vocabulary or the inputs that it names.
///
/// Throws:  DataError, one line, when a file cannot be read or is malformed; NotCertified when a
///          hash is not that of the file.
Certificate read_certificate(const std::filesystem::path& file, const CertificateFiles& files);

}  // namespace limbeck::verify
