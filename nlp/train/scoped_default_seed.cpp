#include "nlp/train/scoped_default_seed.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>

namespace limbeck::nlp {

ScopedDefaultSeed::ScopedDefaultSeed(uint64_t seed) {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  former_state_ = generator.get_state();
  generator.set_current_seed(seed);
}

ScopedDefaultSeed::~ScopedDefaultSeed() {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  const std::lock_guard<std::mutex> lock(generator.mutex());
  generator.set_state(former_state_);
}

}  // namespace limbeck::nlp
