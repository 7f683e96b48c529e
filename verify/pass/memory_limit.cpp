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
  // Rows, |rows|, products and pending sums of one step: 12.4 at most, MemoryLimit tests.
  constexpr int64_t kLiveTensors = 13;
  return elements_of(graph.node(widest)) * kLiveTensors * bytes_of_number(graph);
}

int64_t optimized_row_bytes(const Graph& graph) {
  constexpr int64_t kLiveTensors =
      24;  // shifts with two moments, best and gradients; autograd's own
  int64_t elements = 0;
  for (const Node& node : graph.nodes()) elements += elements_of(node);
  return elements * kLiveTensors * bytes_of_number(graph);
}

void require_bytes(int64_t bytes, const std::string& what, int64_t memory_bytes) {
  if (bytes <= memory_bytes) return;
  throw UnsupportedError("--mem-limit: expected at least " + mebibytes(bytes) + " MiB, what " +
                         what + ", got " + mebibytes(memory_bytes) + " MiB");
}

}  // namespace

int64_t rows_per_block(const Graph& graph, int64_t target, int64_t batch, int64_t memory_bytes,
                       int64_t held) {
  const int64_t widest = widest_node(graph, target), bytes = row_bytes(graph, widest) * batch;
  require_bytes(held + bytes,
                std::string(held > 0 ? "forms and one row take" : "one row takes") + " at " +
                    place_of(graph.node(widest)),
                memory_bytes);
  return (memory_bytes - held) / bytes;
}

int64_t optimized_rows_per_block(const Graph& graph, int64_t batch, int64_t memory_bytes) {
  const int64_t bytes = optimized_row_bytes(graph) * batch;
  require_bytes(bytes, "lines of one row take, optimised", memory_bytes);
  return memory_bytes / bytes;
}

int64_t items_per_block(const Graph& graph, const BoundMethod& method, int64_t memory_bytes) {
  const int64_t bytes = method.is_optimized
                            ? optimized_row_bytes(graph)
                            : 2 * row_bytes(graph, widest_node(graph, graph.output()));
  return std::max<int64_t>(1, memory_bytes / bytes);
}

void require_row(const Graph& graph, const BoundMethod& method, int64_t memory_bytes) {
  if (method.is_backward) rows_per_block(graph, graph.output(), 1, memory_bytes);
  if (method.is_optimized) optimized_rows_per_block(graph, 1, memory_bytes);
}

}  // namespace limbeck::verify
