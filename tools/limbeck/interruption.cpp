#include "tools/limbeck/interruption.h"

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"

namespace limbeck::tools {

void stop_if_interrupted(const std::string& remedy) {
  if (const int signal = interrupt_signal(); signal != 0)
    throw Interrupted("interrupted; " + remedy, signal);
}

}  // namespace limbeck::tools
