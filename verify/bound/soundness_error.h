#pragma once

#include "nlp/core/errors.h"

namespace limbeck::verify {

/// Two bounds contradict each other, or a value left its bounds: a defect of the verifier, never a
/// verdict (exit code 5).
class SoundnessError : public Error {
 public:
  using Error::Error;
};

}  // namespace limbeck::verify
