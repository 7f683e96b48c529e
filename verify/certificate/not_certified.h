#pragma once

#include "nlp/core/errors.h"

namespace limbeck::verify {

/// A certificate that can be read but proves nothing: the message names the first claim that fails.
class NotCertified : public Error {
 public:
  using Error::Error;
};

}  // namespace limbeck::verify
