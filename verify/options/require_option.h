#pragma once

#include <string>

#include "nlp/core/errors.h"

namespace limbeck::verify {

/// Throws: ConfigError `--flag: expected ..., got ...` unless `is_good`.
inline void require_option(bool is_good, const std::string& flag, const std::string& expected,
                           const std::string& got) {
  if (!is_good) throw ConfigError("--" + flag + ": expected " + expected + ", got " + got);
}

}  // namespace limbeck::verify
