#include "verify/options/bound_method.h"

#include "nlp/core/errors.h"

namespace limbeck::verify {

bool has_forms(const BoundMethod& method) {
  return method.intermediate == Intermediate::kForward ||
         method.intermediate == Intermediate::kForwardUnstable || has_zonotopes(method);
}

bool has_zonotopes(const BoundMethod& method) {
  return method.intermediate == Intermediate::kZonotope ||
         method.intermediate == Intermediate::kZonotopeUnstable;
}

const std::vector<BoundMethod>& bound_methods() {
  static const std::vector<BoundMethod> methods = {
      {"ibp", Intermediate::kInterval, false},
      {"crown-ibp", Intermediate::kInterval, true},
      {"forward", Intermediate::kForward, false},
      {"forward+backward", Intermediate::kForward, true},
      {"zonotope", Intermediate::kZonotope, false},
      {"zonotope+backward", Intermediate::kZonotope, true},
      {"zonotope+unstable", Intermediate::kZonotopeUnstable, true},
      {"unstable", Intermediate::kUnstable, true},
      {"forward+unstable", Intermediate::kForwardUnstable, true},
      {"crown", Intermediate::kBackward, true},
      {"alpha-crown-ibp", Intermediate::kInterval, true, true},
      {"alpha-forward+backward", Intermediate::kForward, true, true},
      {"alpha-zonotope+backward", Intermediate::kZonotope, true, true},
      {"alpha-crown", Intermediate::kBackward, true, true},
  };
  return methods;
}

const BoundMethod& find_bound_method(const std::string& name) {
  std::string known;
  for (const BoundMethod& method : bound_methods()) {
    if (method.name == name) return method;
    known += (known.empty() ? "" : ", ") + method.name;
  }
  throw ConfigError("--method: expected one of " + known + ", got '" + name + "'");
}

}  // namespace limbeck::verify
