#include <cstdlib>

#include "data/asset.h"
#include "data/wordnet_sentences.h"
#include "nlp/core/errors.h"
#include "nlp/core/sha256.h"

namespace limbeck::data {
namespace {

namespace fs = std::filesystem;

fs::path from_environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

std::string remedy(const Asset& asset) {
  return asset.package.empty() ? "(install the Debian package " + asset.debian_package + ")"
                               : "(run: limbeck assets fetch " + asset.name + ")";
}

void require_files(const Asset& asset, const fs::path& folder) {
  for (const AssetFile& file : asset.files)
    if (!fs::is_regular_file(folder / file.name))
      throw DataError((folder / file.name).string() + ": missing " + remedy(asset));
}

}  // namespace

fs::path cache_directory() {
  if (const fs::path cache = from_environment("LIMBECK_CACHE"); !cache.empty()) return cache;
  if (const fs::path xdg = from_environment("XDG_CACHE_HOME"); !xdg.empty()) return xdg / "limbeck";
  if (const fs::path home = from_environment("HOME"); !home.empty()) return home / ".cache/limbeck";
  throw ConfigError("cache: expected one of LIMBECK_CACHE, XDG_CACHE_HOME and HOME to be set");
}

fs::path asset_folder(const Asset& asset, const fs::path& cache) {
  return asset.package.empty() ? wordnet_folder() : cache / "assets" / asset.name;
}

void check_asset(const Asset& asset, const fs::path& cache) {
  const fs::path folder = asset_folder(asset, cache);
  require_files(asset, folder);
  for (const AssetFile& file : asset.files) {
    if (file.sha256.empty()) continue;
    const std::string got = sha256_hex_of_file(folder / file.name);
    if (got != file.sha256)
      throw DataError((folder / file.name).string() + ": expected sha256 " + file.sha256 +
                      ", got " + got + " " + remedy(asset));
  }
}

fs::path require_asset(std::string_view name) {
  const Asset& asset = find_asset(name);
  const fs::path cache = cache_directory();
  check_asset(asset, cache);
  return asset_folder(asset, cache);
}

}  // namespace limbeck::data
