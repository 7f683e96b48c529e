#include "nlp/train/step_context.h"

namespace limbeck::nlp {

RandomStream StepContext::stream(std::string_view name) const {
  return RandomStream(seed_, "step-" + std::to_string(step_) + "/" + std::to_string(part_) + "/" +
                                 std::string(name));
}

}  // namespace limbeck::nlp
