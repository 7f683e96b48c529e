#include "verify/network/word_model.h"

#include <torch/torch.h>

#include "nlp/core/errors.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {

WordModel::WordModel(std::vector<std::string> vocabulary, at::Tensor table, TensorFunction function,
                     std::vector<at::Tensor> parameters)
    : vocabulary_(std::move(vocabulary)),
      table_(std::move(table)),
      function_(std::move(function)),
      parameters_(std::move(parameters)) {
  if (table_.size(0) != vocabulary_size())
    throw DataError("word model: expected an embedding of " + std::to_string(vocabulary_.size()) +
                    " words (the vocabulary), got " + std::to_string(table_.size(0)));
  for (size_t i = 0; i < vocabulary_.size(); ++i)
    ids_.emplace(vocabulary_[i], static_cast<int64_t>(i));
}

int64_t WordModel::find_word(const std::string& word) const {
  const auto found = ids_.find(word);
  return found == ids_.end() ? -1 : found->second;
}

at::Tensor WordModel::embed(const at::Tensor& ids) const { return at::embedding(table_, ids); }

const Graph& WordModel::graph(int64_t length) {
  std::unique_ptr<Graph>& graph = graphs_[length];
  if (graph == nullptr)
    graph = std::make_unique<Graph>(trace_graph(
        function_, table_.detach().narrow(0, 0, 1).expand({length, -1}).unsqueeze(0).contiguous(),
        parameters_));
  return *graph;
}

at::Tensor WordModel::logits(const at::Tensor& ids) {
  return evaluate(graph(ids.size(1)), embed(ids));
}

int64_t WordModel::classes() {
  if (classes_ == 0) classes_ = graph(1).node(graph(1).output()).shape.back();
  return classes_;
}

}  // namespace limbeck::verify
