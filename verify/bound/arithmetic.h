#pragma once

namespace limbeck::verify {

/// How bounds treat rounding. The two rigorous kinds need float64.
enum class Arithmetic {
  kNearest,   ///< as if numbers were real: right up to the rounding of the dtype
  kRigorous,  ///< sound for the real-valued function of the constants of the graph
  /// Sound for that function, and for the same executed in float32 at float32 points of the region:
  /// node by node, sums in any order with or without fused multiply-add, elementary functions
  /// within kExecutedUlps units in the last place, constants within a few roundings of the graph's.
  kRigorousFloat32,
};

inline bool is_rigorous(Arithmetic arithmetic) { return arithmetic != Arithmetic::kNearest; }

}  // namespace limbeck::verify
