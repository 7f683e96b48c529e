#pragma once

#include <cstdint>

#include "verify/graph/graph.h"
#include "verify/options/bound_method.h"

namespace limbeck::verify {

/// How many coordinates of a zonotope of so many elements are made at once: a few MiB, which stay
/// in the caches.
int64_t rows_of_piece(int64_t elements);

/// What the forms of a method that keeps them take, in the memory that BoundOptions allow: those of
/// forward bounds in every coordinate of the region, those of zonotopes in their symbols as well.
class FormMemory {
 public:
  /// `coordinates` of the region. The graph outlives the object.
  FormMemory(const Graph& graph, const BoundMethod& method, int64_t coordinates);

  /// Whether one item fits.
  bool fits(int64_t memory_bytes) const { return bytes(0) <= share(memory_bytes); }

  /// What forms may have of the memory: half where backward rows are beside zonotopes, which take
  /// what they get; else all.
  int64_t share(int64_t memory_bytes) const { return memory_bytes / parts_; }

  /// What the forms of so many items take, with the fewest symbols where there is no more room.
  int64_t needed(int64_t items, int64_t memory_bytes) const;

  /// Most items whose forms fit together; at least 1.
  int64_t items(int64_t memory_bytes) const;

  /// Throws: UnsupportedError `--mem-limit: ...` when the forms of so many items do not fit.
  void require(int64_t items, int64_t memory_bytes) const;

  /// Most symbols of a zonotope to keep where one node separates the graph: what fits with one
  /// item in float64, whatever the numbers are, so that both choose alike.
  int64_t symbols(int64_t memory_bytes) const;

 private:
  /// Of one item with so many symbols kept.
  int64_t bytes(int64_t symbols) const;
  int64_t zonotope_elements(int64_t symbols) const;

  const Graph& graph_;
  bool is_zonotope_;
  int64_t parts_;
  int64_t coordinates_;
  int64_t node_ = 0, elements_ = 0;  // forward bounds: where most are held, and what is held
};

}  // namespace limbeck::verify
