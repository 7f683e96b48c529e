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

int64_t rows_of_piece(int64_t elements) {
  constexpr int64_t kElements = int64_t{1} << 19;
  return std::max<int64_t>(1, kElements / elements);
}

FormMemory::FormMemory(const Graph& graph, const BoundMethod& method, int64_t coordinates)
    : graph_(graph),
      is_zonotope_(has_zonotopes(method)),
      parts_(method.intermediate == Intermediate::kZonotopeUnstable ? 2 : 1),
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

/// Every element of a nonlinear node has a symbol; forms have those of their owners. Of each step
/// are counted, besides the forms that are held: the new one, what softmax, gates and maxima lose
/// before it is a symbol, a piece of the inputs and of what the operation makes on its way; where
/// symbols are given up, the form before and after.
int64_t FormMemory::zonotope_elements(int64_t symbols) const {
  constexpr int64_t kOfPiece = 6;  // enough in the MemoryLimit tests
  const std::vector<bool> separates = separating_nodes(graph_);
  const std::vector<int64_t> last = last_readers(graph_);
  const size_t nodes = static_cast<size_t>(graph_.size());
  std::vector<std::vector<int64_t>> owners(nodes);
  std::vector<int64_t> own(nodes), size(nodes);  // symbols of each node, elements of each form
  size[0] = coordinates_ * elements_of(graph_.node(0));
  int64_t held = size[0], most = held;
  for (int64_t i = 1; i < graph_.size(); ++i) {
    const Node& node = graph_.node(i);
    std::vector<int64_t>& mine = owners[static_cast<size_t>(i)] = merged_owners(node, owners);
    const int64_t elements = elements_of(node);
    int64_t widest = elements, of_inputs = 0;
    for (const int64_t input : node.inputs) {
      widest = std::max(widest, elements_of(graph_.node(input)));
      of_inputs += elements_of(graph_.node(input));
    }
    int64_t rows = coordinates_;
    for (const int64_t owner : mine) rows += own[static_cast<size_t>(owner)];
    const auto& rule = find_operation(node.op).rule;
    const int64_t piece = std::min(rows, rows_of_piece(widest)) * (of_inputs + kOfPiece * elements);
    const int64_t lost = std::holds_alternative<JointRule>(rule) ? rows * elements : 0;
    if (!std::holds_alternative<AffineRule>(rule)) {
      own[static_cast<size_t>(i)] = elements;
      mine.push_back(i);
      rows += elements;
    }
    held += rows * elements;
    most = std::max(most, held + lost + piece);
    for (const int64_t input : unique_inputs(node))
      if (last[static_cast<size_t>(input)] == i) held -= size[static_cast<size_t>(input)];
    if (separates[static_cast<size_t>(i)] && rows - coordinates_ > symbols) {
      const int64_t kept = coordinates_ + symbols + elements;
      most = std::max(most, held + kept * elements);
      held += (kept - rows) * elements;
      rows = kept;
      mine = {i};
      own[static_cast<size_t>(i)] = symbols + elements;
    }
    size[static_cast<size_t>(i)] = rows * elements;
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
  if (bytes(most) <= share(memory_bytes)) return most;
  while (most - least > 1) {
    const int64_t middle = (least + most) / 2;
    (bytes(middle) <= share(memory_bytes) ? least : most) = middle;
  }
  return least;
}

int64_t FormMemory::items(int64_t memory_bytes) const {
  if (!is_zonotope_) return std::max<int64_t>(1, memory_bytes / bytes(0));
  return std::max<int64_t>(
      1, std::min(share(memory_bytes), kMostTogether) / bytes(symbols(memory_bytes)));
}

int64_t FormMemory::needed(int64_t items, int64_t memory_bytes) const {
  return (is_zonotope_ && items > 1 ? bytes(symbols(memory_bytes)) : bytes(0)) * items * parts_;
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
