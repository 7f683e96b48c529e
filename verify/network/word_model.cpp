#include "verify/network/word_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "nlp/core/errors.h"
#include "verify/network/word_layout.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {
namespace {

constexpr size_t kLeastKept = 2;

int64_t bytes_of(const Graph& graph) {
  std::set<const void*> seen;
  int64_t bytes = 0;
  for (const Node& node : graph.nodes())
    for (const at::Tensor& constant : node.constants)
      if (constant.defined() && seen.insert(constant.unsafeGetTensorImpl()).second)
        bytes += static_cast<int64_t>(constant.nbytes());
  return bytes;
}

}  // namespace

WordModel::WordModel(std::vector<std::string> vocabulary, at::Tensor table, TensorFunction function,
                     std::vector<at::Tensor> parameters)
    : vocabulary_(std::move(vocabulary)),
      table_(std::move(table)),
      function_(std::move(function)),
      parameters_(std::move(parameters)) {
  if (table_.size(0) != vocabulary_size())
    throw DataError("word model: expected an embedding of " + std::to_string(vocabulary_.size()) +
                    " words (the vocabulary), got " + std::to_string(table_.size(0)));
  for (size_t i = 0; i < vocabulary_.size(); ++i) {
    ids_.emplace(vocabulary_[i], static_cast<int64_t>(i));
    rows_.push_back({static_cast<int64_t>(i)});
  }
}

WordModel::WordModel(at::Tensor table, TensorFunction function)
    : is_of_single_rows_(false), table_(std::move(table)), function_(std::move(function)) {}

int64_t WordModel::add_word(const std::vector<int64_t>& rows, const std::string& text) {
  const auto [found, is_new] = by_rows_.try_emplace(rows, vocabulary_size());
  if (!is_new) return found->second;
  for (const int64_t row : rows)
    if (row < 0 || row >= table_.size(0))
      throw DataError("word '" + text + "': expected pieces below " +
                      std::to_string(table_.size(0)) + " (the embedding table), got " +
                      std::to_string(row));
  vocabulary_.push_back(text);
  rows_.push_back(rows);
  ids_.emplace(text, found->second);
  return found->second;
}

int64_t WordModel::find_word(const std::string& word) const {
  const auto found = ids_.find(word);
  return found == ids_.end() ? -1 : found->second;
}

WordLayout WordModel::layout(std::span<const int64_t> words) const {
  WordLayout layout(words.size(), 1);
  if (!is_of_single_rows_)
    for (size_t i = 0; i < words.size(); ++i)
      layout[i] = static_cast<int64_t>(rows(words[i]).size());
  return layout;
}

at::Tensor WordModel::embed(const at::Tensor& ids, int64_t slots) const {
  if (is_of_single_rows_) return at::embedding(table_, ids);
  const at::Tensor flat = ids.contiguous();
  const std::span<const int64_t> words(flat.data_ptr<int64_t>(), static_cast<size_t>(flat.numel()));
  const WordLayout counts = layout(words);
  for (const int64_t count : counts)
    if (slots == 0 || count > slots) slots = *std::ranges::max_element(counts);
  std::vector<int64_t> index, is_real;
  for (const int64_t word : words)
    for (int64_t k = 0; k < slots; ++k) {
      const bool is_used = k < static_cast<int64_t>(rows(word).size());
      index.push_back(is_used ? rows(word)[static_cast<size_t>(k)] : 0);
      is_real.push_back(is_used);
    }
  const std::vector<int64_t> shape = {ids.size(0), ids.size(1), slots};
  const at::Tensor mask = at::tensor(is_real, at::kLong).view(shape).unsqueeze(-1);
  return (at::embedding(table_, at::tensor(index, at::kLong).view(shape)) *
          mask.to(table_.scalar_type()))
      .flatten(2);
}

at::Tensor WordModel::sample(int64_t rows) const {
  return table_.detach().narrow(0, 0, 1).expand({rows, -1}).unsqueeze(0).contiguous();
}

WordModel::Traced& WordModel::traced(int64_t rows) {
  if (!graphs_.contains(rows)) {
    Graph graph = trace_graph(function_, sample(rows), parameters_);
    const int64_t bytes = bytes_of(graph);
    graphs_[rows] = std::make_unique<Traced>(Traced{std::move(graph), bytes, {}});
    recent_.push_front(rows);
    drop_oldest();
  }
  recent_.remove(rows);
  recent_.push_front(rows);
  return *graphs_.at(rows);
}

void WordModel::drop_oldest() {
  int64_t bytes = 0;
  for (const auto& [rows, entry] : graphs_) bytes += entry->bytes;
  while (bytes > most_bytes_ && recent_.size() > kLeastKept) {
    bytes -= graphs_.at(recent_.back())->bytes;
    graphs_.erase(recent_.back());
    recent_.pop_back();
  }
}

const Graph& WordModel::graph(const WordLayout& layout) {
  Traced& entry = traced(std::accumulate(layout.begin(), layout.end(), int64_t{0}));
  if (std::ranges::all_of(layout, [](int64_t count) { return count == 1; })) return entry.graph;
  std::unique_ptr<Graph>& laid_out = entry.laid_out[layout];
  if (laid_out == nullptr)
    laid_out = std::make_unique<Graph>(with_word_layout(entry.graph, layout));
  return *laid_out;
}

void WordModel::retrace() {
  graphs_.clear();
  recent_.clear();
}

at::Tensor WordModel::logits(const at::Tensor& ids) {
  const at::Tensor first = ids.select(0, 0).contiguous();
  const std::span<const int64_t> words(first.data_ptr<int64_t>(),
                                       static_cast<size_t>(first.numel()));
  return evaluate(graph(layout(words)), embed(ids));
}

at::Tensor WordModel::run(const at::Tensor& ids) const {
  std::vector<int64_t> index;
  for (int64_t t = 0; t < ids.size(1); ++t)
    for (const int64_t row : rows(ids[0][t].item<int64_t>())) index.push_back(row);
  return function_(at::embedding(table_, at::tensor(index, at::kLong)).unsqueeze(0));
}

int64_t WordModel::classes() {
  if (classes_ == 0) {
    const Graph& one = graph(1);
    classes_ = one.node(one.output()).shape.back();
  }
  return classes_;
}

}  // namespace limbeck::verify
