#pragma once

#include <string>
#include <vector>

namespace limbeck::verify {

/// Where the bounds of a nonlinear node's inputs come from.
enum class Intermediate {
  kInterval,         ///< interval arithmetic
  kForward,          ///< forward bounds, intersected with intervals
  kZonotope,         ///< forward with error symbols, intersected with intervals
  kUnstable,         ///< backward where intervals leave lines of a scalar function loose, intervals
                     ///< elsewhere
  kForwardUnstable,  ///< forward, then backward as for kUnstable
  kZonotopeUnstable,  ///< zonotopes, then backward as for kUnstable
  kBackward,          ///< backward for every element
};

/// A way to bound a network: where the bounds inside come from, and how the specification is
/// bounded from them.
struct BoundMethod {
  std::string name;
  Intermediate intermediate = Intermediate::kInterval;
  bool is_backward = true;    ///< rows substituted down to the input; else bounded at the output
  bool is_optimized = false;  ///< by lines that gradient ascent on the bound has found
};

/// Whether the method keeps a form of every node.
bool has_forms(const BoundMethod& method);
/// Whether those forms have error symbols.
bool has_zonotopes(const BoundMethod& method);

/// ibp, crown-ibp, forward, forward+backward, zonotope, zonotope+backward, zonotope+unstable,
/// unstable, forward+unstable, crown, and alpha-... of crown-ibp, forward+backward,
/// zonotope+backward and crown.
const std::vector<BoundMethod>& bound_methods();
/// Throws: ConfigError `--method: expected one of ibp, ..., got 'x'`.
const BoundMethod& find_bound_method(const std::string& name);

}  // namespace limbeck::verify
