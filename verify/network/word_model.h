#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "verify/graph/graph.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// How many rows of the embedding table each word of a sentence has.
using WordLayout = std::vector<int64_t>;

/// A classifier of sentences: rows of an embedding table, then any function of them.
///
/// A word is one row, or several where a tokenizer cuts it into pieces. The input of a graph holds
/// the words side by side, (1, T, W): W is a multiple of the row width that fits the longest word,
/// what a word does not need is ignored. So regions and attacks see words, whatever they consist
/// of.
class WordModel {
 public:
  /// Whole words: the vocabulary numbers the rows. `table` (V, E); `function` maps rows (1, R, E)
  /// to (1, C) for every R. Threads share nothing.
  /// `parameters` are what `function` uses and what is trained, as trace_graph wants them.
  WordModel(std::vector<std::string> vocabulary, at::Tensor table, TensorFunction function,
            std::vector<at::Tensor> parameters = {});
  /// Words of pieces, none yet.
  WordModel(at::Tensor table, TensorFunction function);

  /// The word of these rows, made when there is none; `text` is then its name.
  int64_t add_word(const std::vector<int64_t>& rows, const std::string& text);

  int64_t vocabulary_size() const { return static_cast<int64_t>(vocabulary_.size()); }
  const std::string& word(int64_t id) const { return vocabulary_[static_cast<size_t>(id)]; }
  /// Rows of the table that a word consists of.
  const std::vector<int64_t>& rows(int64_t id) const { return rows_[static_cast<size_t>(id)]; }
  /// -1 when the word is not in the vocabulary.
  int64_t find_word(const std::string& word) const;

  bool is_of_pieces() const { return !is_of_single_rows_; }
  const at::Tensor& table() const { return table_; }  ///< (V, E)

  WordLayout layout(std::span<const int64_t> words) const;
  /// ids (N, T) int64 to (N, T, slots * E); slots 0: the most rows of any of the words.
  at::Tensor embed(const at::Tensor& ids, int64_t slots = 0) const;
  /// The function for sentences of this layout. Functions are traced once for each number of rows;
  /// a reference holds until graphs of several other numbers are asked for.
  const Graph& graph(const WordLayout& layout);
  /// T words of one row each.
  const Graph& graph(int64_t length) { return graph(WordLayout(static_cast<size_t>(length), 1)); }
  /// Bytes of constants that kept graphs may have together, 1 GiB unless told; the two that were
  /// used last are always kept.
  void keep_graphs_within(int64_t bytes) { most_bytes_ = bytes; }
  /// Other embeddings (V, E) of the same words.
  void set_table(at::Tensor table) { table_ = std::move(table); }
  /// Forgets the graphs: for when weights have changed, or to have them with gradients or without.
  void retrace();
  /// ids (N, T) of one layout to (N, C), by the graph.
  at::Tensor logits(const at::Tensor& ids);

  /// ids (1, T) to (1, C), by the function itself: a check of the graph.
  at::Tensor run(const at::Tensor& ids) const;

  int64_t classes();
  /// The function and a sample of `rows` rows, for a look at its operations.
  const TensorFunction& function() const { return function_; }
  at::Tensor sample(int64_t rows) const;

 private:
  struct Traced {
    Graph graph;
    int64_t bytes = 0;
    std::map<WordLayout, std::unique_ptr<Graph>> laid_out;
  };

  Traced& traced(int64_t rows);
  void drop_oldest();

  std::vector<std::string> vocabulary_;
  std::vector<std::vector<int64_t>> rows_;
  std::unordered_map<std::string, int64_t> ids_;
  std::map<std::vector<int64_t>, int64_t> by_rows_;  // of words that were added
  bool is_of_single_rows_ = true;
  at::Tensor table_;
  TensorFunction function_;
  std::vector<at::Tensor> parameters_;
  int64_t classes_ = 0;
  std::map<int64_t, std::unique_ptr<Traced>> graphs_;
  int64_t most_bytes_ = int64_t{1} << 30;
  std::list<int64_t> recent_;  // numbers of rows, the last used first
};

}  // namespace limbeck::verify
