#include "nlp/kernel/targets.h"

#include <hwy/targets.h>

namespace limbeck::nlp::kernel::detail {

void detect_targets() {
  hwy::ChosenTarget& chosen = hwy::GetChosenTarget();
  if (!chosen.IsInitialized()) chosen.Update(hwy::SupportedTargets());
}

}  // namespace limbeck::nlp::kernel::detail
