#pragma once

#include <cstddef>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck::data {

/// Throws: ShapeError `accuracy: predicted and expected must be (N) with N > 0, got [3] and [4]`.
inline void require_same_length(const char* metric, size_t predicted, size_t expected) {
  if (predicted == expected && predicted > 0) return;
  throw ShapeError(std::string(metric) + ": predicted and expected must be (N) with N > 0, got [" +
                   std::to_string(predicted) + "] and [" + std::to_string(expected) + "]");
}

}  // namespace limbeck::data
