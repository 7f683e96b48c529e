#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "verify/network/word_model.h"
#include "verify/options/word_net_config.h"

namespace limbeck::verify {

/// A word-level classifier that can be trained, saved, and bounded.
///
/// Law: load(directory) after save(directory) has the same bits.
class WordNet {
 public:
  /// Random weights, float32, a pure function of (config, vocabulary size, seed).
  /// Throws: ConfigError for a wrong config.
  WordNet(WordNetConfig config, std::vector<std::string> vocabulary, uint64_t seed);

  /// Throws: DataError naming file and tensor or key; also for weights that are not finite.
  static WordNet load(const std::filesystem::path& directory);
  /// Writes config.json, model.safetensors and vocab.txt into an existing directory, each
  /// atomically. Throws: DataError.
  void save(const std::filesystem::path& directory) const;

  const WordNetConfig& config() const { return config_; }
  const std::vector<std::string>& vocabulary() const { return vocabulary_; }
  /// Name and tensor, leaves; the embedding table is embedding_name().
  const std::map<std::string, at::Tensor>& weights() const { return weights_; }
  std::string embedding_name() const;

  /// Embeddings from a bag of words of the same words and classes: what its row of a word says of
  /// the classes, along one random direction a class, and a fifth of the random ones; all other
  /// weights stay. Throws: ConfigError for another net.
  void start_from(const WordNet& bag, uint64_t seed);

  /// From now on the embedding of a word is (1 - amount) of its own row and `amount` of the mean
  /// row of its neighbours, words of the lists (`neighbours[i]`: ids) and words in whose lists it
  /// is: what training says of a word reaches its neighbours. Saved and certified are the
  /// embeddings.
  void share(const std::vector<std::vector<int64_t>>& neighbours, double amount);
  /// The embeddings (V, E): the rows of the table, shared where share() was called.
  at::Tensor embeddings() const;

  /// The network for passes. Float32 shares the weights, so that gradients reach them; double is a
  /// copy.
  WordModel model(at::ScalarType dtype) const;

 private:
  WordNet(WordNetConfig config, std::vector<std::string> vocabulary,
          std::map<std::string, at::Tensor> weights);

  WordNetConfig config_;
  std::vector<std::string> vocabulary_;
  std::map<std::string, at::Tensor> weights_;
  at::Tensor shared_rows_, shared_starts_, shared_amounts_;  // of embedding_bag; undefined: none
};

/// Whether config.json of a directory says that a WordNet is in it. Throws: DataError when it
/// cannot be read.
bool is_word_net(const std::filesystem::path& directory);

/// A word-level model from a directory that holds a WordNet, or from a safetensors file of a
/// published Transformer with a vocabulary (of a directory, both come from there).
/// Throws: as WordNet::load and load_word_transformer.
WordModel load_word_model(const std::filesystem::path& model,
                          const std::filesystem::path& vocabulary, int64_t heads,
                          at::ScalarType dtype);

}  // namespace limbeck::verify
