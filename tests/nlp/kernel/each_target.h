#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <functional>
#include <vector>

#include "nlp/core/random_stream.h"

namespace limbeck::nlp::kernel {

/// Calls `check` once with each instruction set of this CPU as the only one.
inline void for_each_target(const std::function<void()>& check) {
  const int64_t all = hwy::SupportedTargets();
  for (int64_t targets = all; targets != 0; targets &= targets - 1) {
    const int64_t target = targets & -targets;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

inline std::vector<float> normal_values(uint64_t seed, int64_t count) {
  RandomStream stream(seed, "kernel test");
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = static_cast<float>(stream.normal());
  return values;
}

}  // namespace limbeck::nlp::kernel
