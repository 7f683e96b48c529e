#include "distill/student/workspace.h"

namespace limbeck::distill::detail {

Workspace& workspace() {
  static thread_local Workspace own;
  return own;
}

}  // namespace limbeck::distill::detail
