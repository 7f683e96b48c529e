#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "verify/graph/graph.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// A classifier of sentences of whole words: rows of an embedding table, then any function of them.
class WordModel {
 public:
  /// `table` (V, E); `function` maps (1, T, E) to (1, C) for every T. Threads share nothing.
  /// `parameters` are what `function` uses and what is trained, as trace_graph wants them.
  WordModel(std::vector<std::string> vocabulary, at::Tensor table, TensorFunction function,
            std::vector<at::Tensor> parameters = {});

  int64_t vocabulary_size() const { return static_cast<int64_t>(vocabulary_.size()); }
  const std::string& word(int64_t id) const { return vocabulary_[static_cast<size_t>(id)]; }
  /// -1 when the word is not in the vocabulary.
  int64_t find_word(const std::string& word) const;

  /// ids (N, T) int64 to (N, T, E).
  at::Tensor embed(const at::Tensor& ids) const;
  /// The function for sentences of T words; traced once.
  const Graph& graph(int64_t length);
  /// Forgets the graphs: for when weights have changed, or to have them with gradients or without.
  void retrace() { graphs_.clear(); }
  /// ids (N, T) to (N, C), by the graph.
  at::Tensor logits(const at::Tensor& ids);

  int64_t classes();

 private:
  std::vector<std::string> vocabulary_;
  std::unordered_map<std::string, int64_t> ids_;
  at::Tensor table_;
  TensorFunction function_;
  std::vector<at::Tensor> parameters_;
  int64_t classes_ = 0;
  std::map<int64_t, std::unique_ptr<Graph>> graphs_;
};

}  // namespace limbeck::verify
