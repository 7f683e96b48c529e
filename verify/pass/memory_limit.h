#pragma once

#include <cstdint>

#include "verify/graph/graph.h"
#include "verify/pass/bound_method.h"

/// What fits into the memory that BoundOptions allow: rows of backward bounds, forms of forward
/// ones. Everything else that a pass holds is of the size of an evaluation.
namespace limbeck::verify {

/// Most rows of one block, from the bytes that a row takes at the widest node up to `target`.
///
/// Throws:  UnsupportedError `--mem-limit: ...` when not even one row fits.
int64_t rows_per_block(const Graph& graph, int64_t target, int64_t batch, int64_t memory_bytes);

/// Most items of which two rows, an upper and a lower one, fit over the whole graph; at least 1.
int64_t items_per_block(const Graph& graph, int64_t memory_bytes);

/// Whether the method keeps forward bounds: forms in every coordinate of the region.
bool has_forms(const BoundMethod& method);

/// Most items whose forms in so many coordinates fit together; at least 1.
int64_t items_per_forms(const Graph& graph, int64_t coordinates, int64_t memory_bytes);

/// Throws: UnsupportedError `--mem-limit: ...` when the forms of so many items do not fit.
void require_forms_fit(const Graph& graph, int64_t coordinates, int64_t items,
                       int64_t memory_bytes);

}  // namespace limbeck::verify
