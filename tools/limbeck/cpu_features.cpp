#include "tools/limbeck/cpu_features.h"

#include <fstream>
#include <sstream>
#include <unordered_set>

namespace limbeck::tools {
namespace {

/// The first line of /proc/cpuinfo with this key, without it.
std::string cpuinfo(const std::string& key) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key)) return line.substr(std::min(line.size(), line.find(':') + 2));
  return "";
}

}  // namespace

std::string cpu_name() {
  const std::string name = cpuinfo("model name");
  if (!name.empty()) return name;
#if defined(__aarch64__)
  return "aarch64";
#else
  return "unknown processor";
#endif
}

std::string cpu_features() {
  const std::string x86 = cpuinfo("flags"), arm = cpuinfo("Features");
  std::istringstream words(x86.empty() ? arm : x86);
  std::unordered_set<std::string> present;
  for (std::string word; words >> word;) present.insert(word);
  std::string text;
  for (const char* name :
       {"sse4_2", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512_vnni", "avx_vnni",
        "avx512_bf16", "amx_bf16", "amx_int8", "sha_ni", "asimd", "asimddp", "bf16", "i8mm", "sve"})
    if (present.contains(name)) text += (text.empty() ? "" : " ") + std::string(name);
  return text;
}

}  // namespace limbeck::tools
