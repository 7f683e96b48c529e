#include "tools/limbeck/options/option_value.h"

namespace limbeck::tools {

void refuse_value(const std::string& flag, const char* expected, const std::string& got) {
  throw ConfigError(flag + ": expected " + expected + ", got '" + got + "'");
}

}  // namespace limbeck::tools
