#include "verify/pass/form_memory.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "nlp/core/errors.h"
#include "verify/pass/memory_limit.h"
#include "verify/pass/readers.h"
#include "verify/relax/operation.h"

namespace limbeck::verify {
namespace {

constexpr int64_t kMostSymbols = 16384;

/// Calls `visit(node, held, widest)` at each node: the elements of the nodes whose forms are held
/// when it gets its own, itself included, and of the widest of itself and its inputs.
void for_each_node(const Graph& graph,
                   const std::function<void(int64_t, int64_t, int64_t)>& visit) {
  const std::vector<int64_t> last = last_readers(graph);
  int64_t held = elements_of(graph.node(0));
  for (int64_t i = 1; i < graph.size(); ++i) {
    std::vector<int64_t> inputs = graph.node(i).inputs;
    std::ranges::sort(inputs);
    inputs.erase(std::ranges::unique(inputs).begin(), inputs.end());
    int64_t widest = elements_of(graph.node(i));
    held += widest;
    for (const int64_t input : inputs) widest = std::max(widest, elements_of(graph.node(input)));
    visit(i, held, widest);
    for (const int64_t input : inputs)
      if (last[static_cast<size_t>(input)] == i) held -= elements_of(graph.node(input));
  }
}

}  // namespace

FormMemory::FormMemory(const Graph& graph, const BoundMethod& method, int64_t coordinates)
    : graph_(graph),
      is_zonotope_(method.intermediate == Intermediate::kZonotope),
      coordinates_(coordinates) {
  constexpr int64_t kOfForm = 2, kOfStep = 20;  // the latter by measurement, on attention
  for_each_node(graph, [&](int64_t i, int64_t held, int64_t widest) {
    const int64_t elements = kOfForm * held + kOfStep * widest;
    if (elements > elements_) node_ = i, elements_ = elements;
  });
}

/// Every element of a nonlinear node has a symbol; padding, products and their sums of one step
/// are held at the same time.
int64_t FormMemory::zonotope_elements(int64_t symbols) const {
  constexpr int64_t kOfStep = 7;
  const std::vector<bool> separates = separating_nodes(graph_);
  int64_t count = 0, most = 0;
  for_each_node(graph_, [&](int64_t i, int64_t held, int64_t widest) {
    const int64_t own = elements_of(graph_.node(i));
    if (!find_operation(graph_.node(i).op).is_affine()) count += own;
    most = std::max(most, (coordinates_ + count) * (held + kOfStep * widest));
    if (separates[static_cast<size_t>(i)] && count > symbols) count = symbols + own;
  });
  return most;
}

int64_t FormMemory::bytes(int64_t symbols) const {
  if (is_zonotope_) return zonotope_elements(symbols) * 8;
  return std::max<int64_t>(1, elements_ * coordinates_) * bytes_of_number(graph_);
}

int64_t FormMemory::symbols(int64_t memory_bytes) const {
  int64_t least = 0, most = kMostSymbols;  // `least` fits, or nothing does
  if (bytes(most) <= memory_bytes) return most;
  while (most - least > 1) {
    const int64_t middle = (least + most) / 2;
    (bytes(middle) <= memory_bytes ? least : most) = middle;
  }
  return least;
}

int64_t FormMemory::items(int64_t memory_bytes) const {
  const int64_t of_item = is_zonotope_ ? bytes(symbols(memory_bytes)) : bytes(0);
  return std::max<int64_t>(1, memory_bytes / of_item);
}

void FormMemory::require(int64_t items, int64_t memory_bytes) const {
  const int64_t needed =
      (is_zonotope_ && items > 1 ? bytes(symbols(memory_bytes)) : bytes(0)) * items;
  if (needed <= memory_bytes) return;
  const std::string what =
      is_zonotope_ ? "what zonotopes"
                   : "what forward bounds in " + std::to_string(coordinates_) + " coordinates";
  throw UnsupportedError("--mem-limit: expected at least " + mebibytes(needed) + " MiB, " + what +
                         " take" + (is_zonotope_ ? "" : " at " + place_of(graph_.node(node_))) +
                         ", got " + mebibytes(memory_bytes) + " MiB");
}

}  // namespace limbeck::verify
