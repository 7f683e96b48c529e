#include "verify/network/word_layout.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace limbeck::verify {

Graph with_word_layout(const Graph& graph, const std::vector<int64_t>& layout) {
  const int64_t words = static_cast<int64_t>(layout.size()), width = graph.node(0).shape.at(1),
                slots = *std::ranges::max_element(layout);
  std::vector<int64_t> used;
  for (int64_t t = 0; t < words; ++t)
    for (int64_t k = 0; k < layout[static_cast<size_t>(t)]; ++k) used.push_back(t * slots + k);
  std::vector<Node> nodes = {{.op = "input", .shape = {words, slots * width}}};
  nodes.push_back({.op = "reshape",
                   .inputs = {0},
                   .shape = {words * slots, width},
                   .ints = {words, slots * width},
                   .place = "words"});
  nodes.push_back({.op = "take",
                   .inputs = {1},
                   .shape = {static_cast<int64_t>(used.size()), width},
                   .ints = {0, words * slots},
                   .constants = {at::tensor(used, at::kLong)},
                   .place = "words"});
  constexpr int64_t kAdded = 2;  // the input of the graph is the last of these
  for (int64_t i = 1; i < graph.size(); ++i) {
    nodes.push_back(graph.node(i));
    for (int64_t& input : nodes.back().inputs) input += kAdded;
  }
  return Graph(std::move(nodes)).to(graph.dtype());
}

}  // namespace limbeck::verify
