#include "verify/trace/survey.h"

namespace limbeck::verify {

bool Survey::is_supported() const {
  for (const TracedOperation& operation : operations)
    if (!operation.problems.empty()) return false;
  return true;
}

TracedOperation& Survey::row(const std::string& name) {
  for (TracedOperation& operation : operations)
    if (operation.name == name) return operation;
  operations.emplace_back().name = name;
  return operations.back();
}

}  // namespace limbeck::verify
