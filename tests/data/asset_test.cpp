#include "data/asset.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <zip.h>

#include <set>

#include "data/asset/archive.h"
#include "data/asset/program.h"
#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/sha256.h"
#include "tests/support/error_message.h"
#include "tests/support/gzip_file.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::data {
namespace {

namespace fs = std::filesystem;
using test::error_message;
using test::TemporaryDirectory;

/// Sets an environment variable for the scope.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    if (const char* old = ::getenv(name)) old_ = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() { ::setenv(name_, old_.c_str(), 1); }

 private:
  const char* name_;
  std::string old_;
};

void write_zip(const fs::path& path,
               const std::vector<std::pair<std::string, std::string>>& files) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto& [name, content] : files)
    zip_file_add(archive, name.c_str(),
                 zip_source_buffer(archive, content.data(), content.size(), 0), 0);
  ASSERT_EQ(zip_close(archive), 0);
}

std::string tar_member(const std::string& name, const std::string& content, char type = '0') {
  std::string header(512, '\0');
  const auto put = [&](size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  char size[12];
  std::snprintf(size, sizeof size, "%011zo", content.size());
  put(0, name);
  put(124, size);
  put(156, std::string(1, type));
  put(257, "ustar");
  put(148, "        ");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  char checksum[8];
  std::snprintf(checksum, sizeof checksum, "%06o", sum);
  put(148, std::string(checksum, 7));
  std::string data = content;
  data.resize((content.size() + 511) / 512 * 512);
  return header + data;
}

TEST(Archive, TarMembersAreUnpackedByTheirExactName) {
  const TemporaryDirectory folder;
  const std::string content(1300, 'c');
  test::write_gzip(folder / "a.tar.gz", tar_member("d/", "", '5') + tar_member("d/x", "other") +
                                            tar_member("d/link", "", '2') +
                                            tar_member("d/a", content) + std::string(1024, '\0'));
  unpack_tar_member(folder / "a.tar.gz", "d/a", folder / "out");
  EXPECT_EQ(read_file(folder / "out"), content);
  const std::string archive = (folder / "a.tar.gz").string();
  for (const char* name : {"a", "d/link", "../d/a"})
    EXPECT_EQ(error_message<DataError>(
                  [&] { unpack_tar_member(folder / "a.tar.gz", name, folder / "no"); }),
              archive + ": no member '" + name + "'");
  EXPECT_FALSE(fs::exists(folder / "no"));
}

TEST(Archive, DamagedTarFilesAreNamed) {
  const TemporaryDirectory folder;
  const std::string archive = (folder / "a.tar.gz").string();
  const auto message = [&](const std::string& content) {
    test::write_gzip(archive, content);
    return error_message<DataError>([&] { unpack_tar_member(archive, "a", folder / "out"); });
  };
  std::string member = tar_member("a", "hello");
  EXPECT_EQ(message(member.substr(0, 600)), archive + ": damaged or cut short");
  EXPECT_EQ(message(member.substr(0, 512)), archive + ": cut short");
  EXPECT_EQ(message(std::string(512, 'x')), archive + ": not a tar archive, or damaged");
  member[0] = 'b';
  EXPECT_EQ(message(member), archive + ": not a tar archive, or damaged");
  EXPECT_FALSE(fs::exists(folder / "out"));
}

TEST(Archive, ZipMembersAreUnpackedAndDamageIsNamed) {
  const TemporaryDirectory folder;
  const std::string archive = (folder / "a.zip").string();
  write_zip(archive, {{"d/a", "hello"}, {"../evil", "x"}});
  unpack_zip_member(archive, "d/a", folder / "out");
  EXPECT_EQ(read_file(folder / "out"), "hello");
  EXPECT_EQ(error_message<DataError>([&] { unpack_zip_member(archive, "x", folder / "no"); }),
            archive + ": no member 'x'");
  folder.write("a.zip", "not a zip");
  EXPECT_EQ(error_message<DataError>([&] { unpack_zip_member(archive, "x", folder / "no"); }),
            archive + ": cannot read as zip: Not a zip archive");
}

TEST(Program, GivesExitCodeAndOutput) {
  EXPECT_EQ(run_program({"sh", "-c", "echo out; echo err >&2; exit 3"}).exit_code, 3);
  EXPECT_EQ(run_program({"sh", "-c", "echo out; echo err >&2"}).output, "out\nerr\n");
  EXPECT_EQ(run_program({"limbeck-no-such-program"}).exit_code, 127);
  EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"}).exit_code, 137);
  EXPECT_EQ(run_program({"cat"}).output, "");  // no waiting for a terminal
}

TEST(Asset, ManifestIsConsistent) {
  std::set<std::string> names;
  for (const Asset& asset : assets()) {
    EXPECT_TRUE(names.insert(asset.name).second);
    EXPECT_NE(asset.package.empty(), asset.debian_package.empty()) << asset.name;
    EXPECT_EQ(asset.package_sha256.size(), asset.package.empty() ? 0U : 64U) << asset.name;
    for (const AssetFile& file : asset.files)
      EXPECT_EQ(file.sha256.size(), asset.package.empty() ? 0U : 64U) << file.name;
  }
  EXPECT_EQ(find_asset("teacher").name, "all-MiniLM-L6-v2");
  EXPECT_EQ(error_message<ConfigError>([] { find_asset("gpt"); }),
            "asset 'gpt' is not one of: all-MiniLM-L6-v2, snippets, lexicon, wordnet, "
            "SmolLM2-135M-Instruct");
}

TEST(Asset, CacheFollowsTheEnvironment) {
  const ScopedVariable home("HOME", "/h"), xdg("XDG_CACHE_HOME", ""), own("LIMBECK_CACHE", "");
  EXPECT_EQ(cache_directory(), "/h/.cache/limbeck");
  const ScopedVariable xdg_set("XDG_CACHE_HOME", "/x");
  EXPECT_EQ(cache_directory(), "/x/limbeck");
  const ScopedVariable own_set("LIMBECK_CACHE", "/c");
  EXPECT_EQ(cache_directory(), "/c");
  EXPECT_EQ(asset_folder(find_asset("snippets"), cache_directory()), "/c/assets/snippets");
  EXPECT_EQ(error_message<DataError>([] { require_asset("teacher"); }),
            "/c/assets/all-MiniLM-L6-v2/config.json: missing (run: limbeck assets fetch "
            "all-MiniLM-L6-v2)");
}

/// fetch_asset() with a `python3` of our own first on PATH, which "downloads" a package made here.
class FetchTest : public testing::Test {
 protected:
  FetchTest() : path_("PATH", (folder_ / "bin").string() + ":" + ::getenv("PATH")) {
    asset_.name = "toy";
    asset_.package = "toy-package==1.0";
    asset_.files = {{"a.txt", "toy/a.txt", sha256_hex("alpha")},
                    {"sub/b.txt", "toy/sub/b.txt", sha256_hex("beta")}};
    pip_does("while [ $# -gt 0 ]; do [ \"$1\" = --dest ] && to=$2; shift; done; cp " +
             (folder_ / "toy.whl").string() + " \"$to\"/toy.whl");
    package({{"toy/a.txt", "alpha"}, {"toy/sub/b.txt", "beta"}, {"toy/code.py", "evil()"}});
  }

  void pip_does(const std::string& script) {
    fs::permissions(folder_.write("bin/python3", "#!/bin/sh\n" + script + "\n"),
                    fs::perms::owner_all);
  }

  void package(const std::vector<std::pair<std::string, std::string>>& files) {
    write_zip(folder_ / "toy.whl", files);
    asset_.package_sha256 = sha256_hex_of_file(folder_ / "toy.whl");
  }

  std::string fetch_message() {
    return error_message<DataError>([&] { fetch_asset(asset_, cache_); });
  }

  TemporaryDirectory folder_;
  ScopedVariable path_;
  fs::path cache_ = folder_ / "cache";
  Asset asset_;
};

TEST_F(FetchTest, UnpacksOnlyTheFilesOfTheManifest) {
  EXPECT_EQ(fetch_message(), "no error");
  const fs::path target = cache_ / "assets/toy";
  EXPECT_EQ(read_file(target / "sub/b.txt"), "beta");
  EXPECT_FALSE(fs::exists(target / "code.py"));
  check_asset(asset_, cache_);
  EXPECT_EQ(std::distance(fs::directory_iterator(cache_ / "assets"), {}), 1);
}

TEST_F(FetchTest, NeedsNoNetworkTheSecondTime) {
  fetch_asset(asset_, cache_);
  pip_does("exit 1");
  EXPECT_EQ(fetch_message(), "no error");
}

TEST_F(FetchTest, ReplacesADamagedAsset) {
  fetch_asset(asset_, cache_);
  folder_.write("cache/assets/toy/a.txt", "alph");
  EXPECT_EQ(error_message<DataError>([&] { check_asset(asset_, cache_); }),
            (cache_ / "assets/toy/a.txt").string() + ": expected sha256 " + sha256_hex("alpha") +
                ", got " + sha256_hex("alph") + " (run: limbeck assets fetch toy)");
  fs::remove(cache_ / "assets/toy/sub/b.txt");
  EXPECT_EQ(
      error_message<DataError>([&] { check_asset(asset_, cache_); }),
      (cache_ / "assets/toy/sub/b.txt").string() + ": missing (run: limbeck assets fetch toy)");
  EXPECT_EQ(fetch_message(), "no error");
  check_asset(asset_, cache_);
}

TEST_F(FetchTest, LeavesNothingBehindWhenSomethingIsWrong) {
  const std::string whole_sha256 = asset_.package_sha256;
  package({{"toy/a.txt", "alpha"}, {"toy/sub/b.txt", "BETA"}});
  EXPECT_EQ(fetch_message(), "toy: sub/b.txt: expected sha256 " + sha256_hex("beta") + ", got " +
                                 sha256_hex("BETA") +
                                 " (the download is damaged or is another file: fetch it again)");
  const std::string other_sha256 = asset_.package_sha256;
  asset_.package_sha256 = whole_sha256;
  EXPECT_EQ(fetch_message(), "toy: toy.whl: expected sha256 " + whole_sha256 + ", got " +
                                 other_sha256 +
                                 " (the download is damaged or is another file: fetch it again)");
  pip_does("echo Looking around; echo 'ERROR: No matching distribution found for toy' >&2; exit 1");
  EXPECT_EQ(fetch_message(),
            "toy: pip could not download toy-package==1.0: No matching distribution found for toy "
            "(is the network there?)");
  pip_does("exit 0");
  EXPECT_EQ(fetch_message(), "toy: pip downloaded nothing for toy-package==1.0");
  pip_does("exit 127");
  EXPECT_EQ(fetch_message(), "toy: cannot run python3 -m pip (install python3-pip)");
  EXPECT_TRUE(fs::is_empty(cache_ / "assets"));
}

TEST_F(FetchTest, UnpacksAnArchiveInsideThePackage) {
  const fs::path inner = folder_ / "inner.tar.gz";
  test::write_gzip(inner, tar_member("toy/a.txt", "alpha") + tar_member("toy/sub/b.txt", "beta") +
                              std::string(1024, '\0'));
  asset_.inner_archive = "extra/inner.tar.gz";
  asset_.inner_sha256 = sha256_hex_of_file(inner);
  const std::string content = read_file(inner);
  package({{"extra/inner.tar.gz", content}});
  EXPECT_EQ(fetch_message(), "no error");
  EXPECT_EQ(read_file(cache_ / "assets/toy/a.txt"), "alpha");
}

TEST_F(FetchTest, NamesTheDebianPackageOfASystemAsset) {
  const ScopedVariable wordnet("WNSEARCHDIR", (folder_ / "none").string());
  EXPECT_EQ(
      error_message<DataError>([&] { fetch_asset(find_asset("wordnet"), cache_); }),
      (folder_ / "none/data.adj").string() + ": missing (install the Debian package wordnet-base)");
}

}  // namespace
}  // namespace limbeck::data
