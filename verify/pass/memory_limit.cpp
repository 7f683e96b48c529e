#include "verify/pass/memory_limit.h"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

int64_t elements_of(const Node& node) {
  return std::accumulate(node.shape.begin(), node.shape.end(), int64_t{1}, std::multiplies<>());
}

int64_t bytes_of_number(const Graph& graph) { return graph.dtype() == at::kFloat ? 4 : 8; }

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

std::string place_of(const Node& node) {
  return node.place.empty() ? node.op : node.place + " (" + node.op + ")";
}

std::string mebibytes(int64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", static_cast<double>(bytes) / (1 << 20));
  return text;
}

/// The node at which most forms are held, and the elements of an item then: a form is kept, as two
/// tensors, until its last reader has one, and a step makes many of its own.
struct Peak {
  int64_t node = 0, elements = 0;
};

Peak peak_of(const Graph& graph) {
  constexpr int64_t kOfForm = 2, kOfStep = 20;  // the latter by measurement, on attention
  std::vector<int64_t> last_reader(static_cast<size_t>(graph.size()), -1);
  for (int64_t i = 0; i < graph.size(); ++i)
    for (const int64_t input : graph.node(i).inputs) last_reader[static_cast<size_t>(input)] = i;
  Peak peak;
  int64_t held = kOfForm * elements_of(graph.node(0));
  for (int64_t i = 1; i < graph.size(); ++i) {
    std::vector<int64_t> inputs = graph.node(i).inputs;
    std::ranges::sort(inputs);
    inputs.erase(std::ranges::unique(inputs).begin(), inputs.end());
    int64_t widest = elements_of(graph.node(i));
    held += kOfForm * widest;
    for (const int64_t input : inputs) widest = std::max(widest, elements_of(graph.node(input)));
    if (held + kOfStep * widest > peak.elements) peak = {i, held + kOfStep * widest};
    for (const int64_t input : inputs)
      if (last_reader[static_cast<size_t>(input)] == i)
        held -= kOfForm * elements_of(graph.node(input));
  }
  return peak;
}

int64_t form_bytes(const Graph& graph, const Peak& peak, int64_t coordinates) {
  return std::max<int64_t>(1, peak.elements * coordinates) * bytes_of_number(graph);
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

bool has_forms(const BoundMethod& method) {
  return method.intermediate == Intermediate::kForward ||
         method.intermediate == Intermediate::kForwardUnstable;
}

int64_t items_per_forms(const Graph& graph, int64_t coordinates, int64_t memory_bytes) {
  return std::max<int64_t>(1, memory_bytes / form_bytes(graph, peak_of(graph), coordinates));
}

void require_forms_fit(const Graph& graph, int64_t coordinates, int64_t items,
                       int64_t memory_bytes) {
  const Peak peak = peak_of(graph);
  const int64_t bytes = form_bytes(graph, peak, coordinates) * items;
  if (bytes > memory_bytes)
    throw UnsupportedError("--mem-limit: expected at least " + mebibytes(bytes) +
                           " MiB, what forward bounds in " + std::to_string(coordinates) +
                           " coordinates take at " + place_of(graph.node(peak.node)) + ", got " +
                           mebibytes(memory_bytes) + " MiB");
}

}  // namespace limbeck::verify
