#include "tools/limbeck/icu_version.h"

#include <unicode/uchar.h>
#include <unicode/uversion.h>

namespace limbeck::tools {

std::string icu_version() {
  UVersionInfo icu, unicode;
  u_getVersion(icu);
  u_getUnicodeVersion(unicode);
  return std::to_string(icu[0]) + "." + std::to_string(icu[1]) + ", Unicode " +
         std::to_string(unicode[0]) + "." + std::to_string(unicode[1]);
}

}  // namespace limbeck::tools
