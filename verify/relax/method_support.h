#pragma once

#include <set>
#include <string>

namespace limbeck::verify {

/// Which kinds of bounds know all of some operations.
struct MethodSupport {
  bool interval = true;   ///< ibp
  bool forward = true;    ///< forward bounds
  bool backward = true;   ///< crown
  bool optimized = true;  ///< alpha: lines that are searched; else its usual lines serve
};

/// `operations`: names of rows of the operation table; a name that is none is known to nothing.
MethodSupport method_support(const std::set<std::string>& operations);

}  // namespace limbeck::verify
