#pragma once

#include <cstdlib>
#include <filesystem>

/// Data that are never part of the repository; tests that need them are skipped where they are
/// absent.
namespace limbeck::test {

/// LIMBECK_SHARED_DATA, else shared/data beside the checkout.
inline std::filesystem::path shared_data() {
  const char* folder = std::getenv("LIMBECK_SHARED_DATA");
  return folder != nullptr && *folder != '\0'
             ? std::filesystem::path(folder)
             : std::filesystem::path(LIMBECK_SOURCE_DIR).parent_path() / "shared/data";
}

/// The folder of an asset in the user's cache, whether it is there or not.
inline std::filesystem::path asset_cache(const char* asset) {
  const auto set = [](const char* name) {
    const char* value = std::getenv(name);
    return std::filesystem::path(value == nullptr ? "" : value);
  };
  std::filesystem::path cache = set("LIMBECK_CACHE");
  if (cache.empty() && !set("XDG_CACHE_HOME").empty()) cache = set("XDG_CACHE_HOME") / "limbeck";
  if (cache.empty()) cache = set("HOME") / ".cache/limbeck";
  return cache / "assets" / asset;
}

}  // namespace limbeck::test

/// Skips the test unless `part` (such as "glue/SST-2/dev.tsv") is among the shared data.
#define LIMBECK_NEEDS_SHARED_DATA(part)                                \
  if (!std::filesystem::exists(limbeck::test::shared_data() / (part))) \
  GTEST_SKIP() << (limbeck::test::shared_data() / (part)).string()     \
               << " is absent; LIMBECK_SHARED_DATA names another folder"

/// Skips the test unless the asset's folder is in the user's cache.
#define LIMBECK_NEEDS_ASSET(asset)                                 \
  if (!std::filesystem::exists(limbeck::test::asset_cache(asset))) \
  GTEST_SKIP() << "asset " << (asset) << " is absent; run: limbeck assets fetch " << (asset)
