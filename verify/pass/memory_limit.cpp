#include "verify/pass/memory_limit.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::verify {

int64_t elements_of(const Node& node) {
  return std::accumulate(node.shape.begin(), node.shape.end(), int64_t{1}, std::multiplies<>());
}

int64_t bytes_of_number(const Graph& graph) { return graph.dtype() == at::kFloat ? 4 : 8; }

std::string place_of(const Node& node) {
  return node.place.empty() ? node.op : node.place + " (" + node.op + ")";
}

std::string mebibytes(int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", static_cast<double>(bytes) / (1 << 20));
  return text;
}

namespace {

int64_t widest_node(const Graph& graph, int64_t target) {
  int64_t widest = 0;
  for (int64_t i = 1; i <= target; ++i)
    if (elements_of(graph.node(i)) > elements_of(graph.node(widest))) widest = i;
  return widest;
}

int64_t row_bytes(const Graph& graph, int64_t widest) {
  constexpr int64_t kLiveTensors = 8;  // rows, |rows|, products and pending sums of one step
  return elements_of(graph.node(widest)) * kLiveTensors * bytes_of_number(graph);
}

}  // namespace

int64_t rows_per_block(const Graph& graph, int64_t target, int64_t batch, int64_t memory_bytes) {
  const int64_t widest = widest_node(graph, target), bytes = row_bytes(graph, widest) * batch;
  if (bytes > memory_bytes)
    throw UnsupportedError("--mem-limit: expected at least " + mebibytes(bytes) +
                           " MiB, what one row takes at " + place_of(graph.node(widest)) +
                           ", got " + mebibytes(memory_bytes) + " MiB");
  return memory_bytes / bytes;
}

int64_t items_per_block(const Graph& graph, int64_t memory_bytes) {
  const int64_t bytes = 2 * row_bytes(graph, widest_node(graph, graph.output()));
  return std::max<int64_t>(1, memory_bytes / bytes);
}

}  // namespace limbeck::verify
