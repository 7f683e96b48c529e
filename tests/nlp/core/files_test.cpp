#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"
#include "nlp/core/sha256.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck {
namespace {

namespace fs = std::filesystem;
using test::error_message;
using test::TemporaryDirectory;

TEST(AtomicFile, AppearsWholeOnCommit) {
  const TemporaryDirectory folder;
  const fs::path path = folder / "f.txt";
  AtomicFile file(path);
  file.write("00 body");
  file.overwrite(0, "42");
  file.write(" end");
  EXPECT_FALSE(fs::exists(path));
  file.commit();
  EXPECT_EQ(read_file(path), "42 body end");
}

TEST(AtomicFile, LeavesNothingWithoutCommit) {
  const TemporaryDirectory folder;
  folder.write("f.txt", "old");
  {
    AtomicFile file(folder / "f.txt");
    file.write("new");
  }
  EXPECT_EQ(read_file(folder / "f.txt"), "old");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(AtomicFile, HasThePermissionsOfAnOrdinaryFile) {
  const TemporaryDirectory folder;
  const mode_t mask = ::umask(027);
  write_file_atomic(folder / "f.txt", "x");
  ::umask(mask);
  EXPECT_EQ(fs::status(folder / "f.txt").permissions(), static_cast<fs::perms>(0640));
}

TEST(AtomicFile, NamesTheFileThatCannotBeWritten) {
  const TemporaryDirectory folder;
  const std::string path = folder / "absent/f.txt";
  EXPECT_EQ(error_message<DataError>([&] { write_file_atomic(path, "x"); }),
            path + ": cannot write: No such file or directory");
  fs::create_directory(folder / "folder");
  EXPECT_EQ(error_message<DataError>([&] { write_file_atomic(folder / "folder", "x"); }),
            (folder / "folder").string() + ": cannot write: is a directory");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST(ReplaceDirectory, MovesToANewName) {
  const TemporaryDirectory folder;
  folder.write("new/a.txt", "a");
  replace_directory(folder / "new", folder / "target");
  EXPECT_EQ(read_file(folder / "target/a.txt"), "a");
  EXPECT_FALSE(fs::exists(folder / "new"));
}

TEST(ReplaceDirectory, LeavesNothingOfTheOldOne) {
  const TemporaryDirectory folder;
  folder.write("new/a.txt", "a");
  folder.write("target/b.txt", "b");
  replace_directory(folder / "new", folder / "target");
  EXPECT_EQ(read_file(folder / "target/a.txt"), "a");
  EXPECT_FALSE(fs::exists(folder / "target/b.txt"));
  EXPECT_FALSE(fs::exists(folder / "new"));
}

TEST(ReplaceDirectory, NamesTheTargetThatCannotBe) {
  const TemporaryDirectory folder;
  folder.write("new/a.txt", "a");
  const std::string target = folder / "absent/target";
  EXPECT_EQ(error_message<DataError>([&] { replace_directory(folder / "new", target); }),
            target + ": cannot rename: No such file or directory");
  EXPECT_TRUE(fs::exists(folder / "new/a.txt"));
}

TEST(MappedFile, HoldsTheBytes) {
  const TemporaryDirectory folder;
  const std::string content("a\0b", 3);
  MappedFile file(folder.write("f", content));
  EXPECT_EQ(file.size(), 3u);
  EXPECT_EQ(file.text(), content);
  const MappedFile moved = std::move(file);
  EXPECT_EQ(moved.text(), content);
  EXPECT_EQ(MappedFile(folder.write("empty", "")).size(), 0u);
}

TEST(MappedFile, NamesWhatIsNoFile) {
  const TemporaryDirectory folder;
  const std::string absent = folder / "absent";
  EXPECT_EQ(error_message<DataError>([&] { MappedFile file(absent); }),
            absent + ": cannot open: No such file or directory");
  EXPECT_EQ(error_message<DataError>([&] { MappedFile file(folder.path()); }),
            folder.path().string() + ": expected a regular file");
}

// Vectors of FIPS 180-2, appendix B, and of the empty text.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, IsTheSameInPartsAndFromAFile) {
  Sha256 parts;
  parts.update("a");
  parts.update("");
  parts.update("bc");
  EXPECT_EQ(parts.hex(), sha256_hex("abc"));
  const TemporaryDirectory folder;
  EXPECT_EQ(sha256_hex_of_file(folder.write("f", "abc")), sha256_hex("abc"));
}

}  // namespace
}  // namespace limbeck
