#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "verify/bound/arithmetic.h"
#include "verify/graph/graph.h"
#include "verify/options/bound_method.h"
#include "verify/region/region.h"

namespace limbeck::verify {

/// How much memory and care a bound may take.
struct BoundOptions {
  int64_t memory_bytes = int64_t{1} << 30;  ///< for the rows of one backward block,
                                            ///< and for the forms of forward bounds; > 0
  double min_gap =
      1e-9;  ///< method "unstable": intervals narrower than this share of max(1, |bounds|) stay
  int64_t iterations = 20;     ///< alpha methods: gradient steps on the lines; 0: the usual lines
  double learning_rate = 0.2;  ///< alpha methods: first step, of shifts that lie in [-1, 1]; > 0
  /// Ask at each node and block for SIGINT and SIGTERM, and stop with Interrupted. For commands; a
  /// training stops between its steps.
  bool stops_on_signal = false;
  Arithmetic arithmetic = Arithmetic::kNearest;  ///< rigorous: float64, no alpha methods
};

/// Lower bounds of linear functions of the output over a region.
struct BoundResult {
  at::Tensor lower;                 ///< (R, B); -inf where nothing could be proved
  std::optional<LinearForm> form;   ///< backward methods: rows >= <form, input> on the region
  std::vector<Interval> intervals;  ///< of every node
};

/// Lower bounds of <rows, f(x)> over a region, for every x in it.
///
/// Shapes:  specification (R, B, *output) or (R, 1, *output).
/// Law:     for x in the region: <rows, f(x)> >= lower, up to the rounding of the dtype; in
/// rigorous
///          arithmetic exactly so for the real-valued f with the constants of the graph (and with
///          any others within 4 roundings of them, as tracing computes some from stored weights),
///          for the region as it is stored, and the same of all intervals and of the form;
///          arithmetic.h says what kRigorousFloat32 adds.
/// Differentiable in constants and region where gradients are enabled: a loss may be made of
/// bounds; zonotopes have no gradients. Lines that an alpha method has found count as constants.
/// Throws:  ShapeError when region and specification do not fit the graph; SoundnessError when two
///          bounds of one node contradict each other; ConfigError for rigorous arithmetic of an
///          alpha method or of float32, and for gradients of zonotopes; UnsupportedError when one
///          row of all items, or their forms, do not fit into the memory; Interrupted, see
///          BoundOptions.
BoundResult bound(const Graph& graph, const Region& region, const at::Tensor& specification,
                  const BoundMethod& method, const BoundOptions& options = {});

/// The first node whose bounds are not finite for an item, in words; empty: all are finite.
std::string first_unbounded(const Graph& graph, const std::vector<Interval>& intervals,
                            int64_t item);

/// The value of every node for x (N, *shape): (N, *shape of the node) each.
std::vector<at::Tensor> evaluate_nodes(const Graph& graph, const at::Tensor& x);

/// f(x) by the nodes of the graph: x (N, *shape) gives (N, *output).
at::Tensor evaluate(const Graph& graph, const at::Tensor& x);

}  // namespace limbeck::verify
