#include "verify/pass/form_memory.h"

#include <algorithm>
#include <vector>

#include "nlp/core/errors.h"
#include "verify/pass/memory_limit.h"
#include "verify/pass/readers.h"
#include "verify/relax/operation.h"

namespace limbeck::verify {
namespace {

constexpr int64_t kMostSymbols = 16384;
/// Zonotopes of more items together are no faster, and tensors over 64 MiB cost their pages.
constexpr int64_t kMostTogether = int64_t{512} << 20;

std::vector<int64_t> unique_inputs(const Node& node) {
  std::vector<int64_t> inputs = node.inputs;
  std::ranges::sort(inputs);
  inputs.erase(std::ranges::unique(inputs).begin(), inputs.end());
  return inputs;
}

}  // namespace

FormMemory::FormMemory(const Graph& graph, const BoundMethod& method, int64_t coordinates)
    : graph_(graph),
      is_zonotope_(has_zonotopes(method)),
      coordinates_(coordinates) {
  constexpr int64_t kOfForm = 2, kOfStep = 10;  // the latter by measurement, MemoryLimit tests
  const std::vector<int64_t> last = last_readers(graph);
  int64_t held = elements_of(graph.node(0));
  for (int64_t i = 1; i < graph.size(); ++i) {
    const std::vector<int64_t> inputs = unique_inputs(graph.node(i));
    int64_t widest = elements_of(graph.node(i));
    held += widest;
    for (const int64_t input : inputs) widest = std::max(widest, elements_of(graph.node(input)));
    const int64_t elements = kOfForm * held + kOfStep * widest;
    if (elements > elements_) node_ = i, elements_ = elements;
    for (const int64_t input : inputs)
      if (last[static_cast<size_t>(input)] == i) held -= elements_of(graph.node(input));
  }
}

/// Every element of a nonlinear node has a symbol. Of each step are counted, besides the forms that
/// are held: inputs padded to the symbols of the others, the result before and after its own
/// symbols are added, and what the planes of joint operations make.
int64_t FormMemory::zonotope_elements(int64_t symbols) const {
  const std::vector<bool> separates = separating_nodes(graph_);
  const std::vector<int64_t> last = last_readers(graph_);
  std::vector<int64_t> size(static_cast<size_t>(graph_.size()));  // of each form
  size[0] = coordinates_ * elements_of(graph_.node(0));
  int64_t count = 0, held = size[0], most = held;
  for (int64_t i = 1; i < graph_.size(); ++i) {
    const Node& node = graph_.node(i);
    const auto& rule = find_operation(node.op).rule;
    const int64_t own = elements_of(node);
    if (!std::holds_alternative<AffineRule>(rule)) count += own;
    int64_t of_inputs = 0;
    for (const int64_t input : node.inputs) of_inputs += elements_of(graph_.node(input));
    const bool is_joint = std::holds_alternative<JointRule>(rule);
    const int64_t of_step = (coordinates_ + count) * (of_inputs + (is_joint ? 5 : 3) * own);
    most = std::max(most, held + of_step);
    held += size[static_cast<size_t>(i)] = (coordinates_ + count) * own;
    for (const int64_t input : unique_inputs(node))
      if (last[static_cast<size_t>(input)] == i) held -= size[static_cast<size_t>(input)];
    if (separates[static_cast<size_t>(i)] && count > symbols) count = symbols + own;
  }
  return most;
}

int64_t FormMemory::bytes(int64_t symbols) const {
  // Half as much again for what the allocator keeps: forms grow from node to node, so that freed
  // ones are too small for later ones.
  if (is_zonotope_) return zonotope_elements(symbols) * 8 * 3 / 2;
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
  if (!is_zonotope_) return std::max<int64_t>(1, memory_bytes / bytes(0));
  return std::max<int64_t>(1, std::min(memory_bytes, kMostTogether) / bytes(symbols(memory_bytes)));
}

int64_t FormMemory::needed(int64_t items, int64_t memory_bytes) const {
  return (is_zonotope_ && items > 1 ? bytes(symbols(memory_bytes)) : bytes(0)) * items;
}

void FormMemory::require(int64_t items, int64_t memory_bytes) const {
  if (needed(items, memory_bytes) <= memory_bytes) return;
  const std::string what =
      is_zonotope_ ? "what zonotopes"
                   : "what forward bounds in " + std::to_string(coordinates_) + " coordinates";
  throw UnsupportedError("--mem-limit: expected at least " +
                         mebibytes(needed(items, memory_bytes)) + " MiB, " + what + " take" +
                         (is_zonotope_ ? "" : " at " + place_of(graph_.node(node_))) + ", got " +
                         mebibytes(memory_bytes) + " MiB");
}

}  // namespace limbeck::verify
