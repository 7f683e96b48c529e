#pragma once

#include <cstdint>
#include <string>

#include "verify/graph/graph.h"
#include "verify/options/bound_method.h"

/// What fits into the memory that BoundOptions allow: rows of backward bounds; form_memory.h has
/// the forms of forward ones. Everything else that a pass holds is of the size of an evaluation.
namespace limbeck::verify {

/// Most rows of one block, from the bytes that a row takes at the widest node up to `target`,
/// beside `held` bytes of other things.
///
/// Throws:  UnsupportedError `--mem-limit: ...` when not even one row fits.
int64_t rows_per_block(const Graph& graph, int64_t target, int64_t batch, int64_t memory_bytes,
                       int64_t held = 0);

/// Most rows whose lines are optimised together: gradients keep what a row is at every node.
/// Throws: as rows_per_block.
int64_t optimized_rows_per_block(const Graph& graph, int64_t batch, int64_t memory_bytes);

/// Most items of which two rows, an upper and a lower one, fit over the whole graph, or one where
/// lines are optimised; at least 1.
int64_t items_per_block(const Graph& graph, const BoundMethod& method, int64_t memory_bytes);

/// Throws: UnsupportedError `--mem-limit: ...` when not even one row of one item fits.
void require_row(const Graph& graph, const BoundMethod& method, int64_t memory_bytes);

/// What messages and form_memory.cpp share.
int64_t elements_of(const Node& node);
int64_t bytes_of_number(const Graph& graph);
std::string place_of(const Node& node);
std::string mebibytes(int64_t bytes);

}  // namespace limbeck::verify
