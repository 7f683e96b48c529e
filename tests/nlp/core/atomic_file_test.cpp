#include "nlp/core/atomic_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) names.push_back(entry.path().filename());
  std::ranges::sort(names);
  return names;
}

TEST(AtomicFile, AppearsOnlyWhenItIsCommitted) {
  const TemporaryDirectory folder;
  const fs::path path = folder.write("a.txt", "old");
  AtomicFile file(path);
  file.write("new text");
  file.overwrite(0, "NEW");
  EXPECT_EQ(read_file(path), "old");
  file.commit();
  EXPECT_EQ(read_file(path), "NEW text");
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("a.txt"));
}

TEST(AtomicFile, LeavesNothingBehindWhenItIsGivenUp) {
  const TemporaryDirectory folder;
  { AtomicFile(folder / "a.txt").write("half"); }
  EXPECT_THAT(names_in(folder.path()), testing::IsEmpty());
}

TEST(AtomicFile, NamesTheFileThatCannotBeWritten) {
  const TemporaryDirectory folder;
  const std::string path = folder / "absent/a.txt";
  EXPECT_EQ(test::error_message<DataError>([&] { AtomicFile file(path); }),
            path + ": cannot write: No such file or directory");
  const std::string file = folder.write("a.txt", "a").string();
  EXPECT_EQ(test::error_message<DataError>([&] { AtomicFile below(file + "/b.txt"); }),
            file + "/b.txt: cannot write: " + file + " is not a directory");
  EXPECT_EQ(write_error_text(ENOSPC),
            "No space left on device (make room; --resume goes on with a run that has begun)");
  EXPECT_EQ(write_error_text(EACCES), "Permission denied");
}

TEST(AtomicFile, ReplacesNothingThatIsNotAFile) {
  const TemporaryDirectory folder;
  const std::string pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(test::error_message<DataError>([&] { AtomicFile file(pipe); }),
            pipe + ": cannot write: is a device or a pipe, not a file");
  EXPECT_EQ(test::error_message<DataError>([&] { require_writable(folder.path()); }),
            folder.path().string() + ": cannot write: is a directory");
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST(UnfinishedFiles, OfAKilledProcessAreRemovedAndNothingElse) {
  // A run that was killed while it wrote vocab.txt once left vocab.txt.tmp-tU99mL there for ever.
  const TemporaryDirectory folder;
  folder.write("vocab.txt.tmp-tU99mL", "half");
  folder.write("control/model.safetensors.tmp-000000", "half");
  folder.write("notes.tmp-1", "mine");
  folder.write("notes.tmp-a_b_c_", "mine");
  folder.write("notes.tmp-abcdef.txt", "mine");
  folder.write(".tmp-abcdef", "mine");
  remove_unfinished_files(folder.path());
  EXPECT_THAT(names_in(folder.path()),
              testing::UnorderedElementsAre("notes.tmp-1", "notes.tmp-a_b_c_",
                                            "notes.tmp-abcdef.txt", ".tmp-abcdef"));
  remove_unfinished_files(folder / "absent");  // is no error
}

TEST(ReplaceDirectory, PutsTheNewOneInThePlaceOfTheOld) {
  const TemporaryDirectory folder;
  folder.write("old/a.txt", "old");
  folder.write("new/b.txt", "new");
  replace_directory(folder / "new", folder / "old");
  EXPECT_THAT(names_in(folder.path()), testing::ElementsAre("b.txt"));
  EXPECT_EQ(read_file(folder / "old/b.txt"), "new");
  replace_directory(folder / "old", folder / "other");
  EXPECT_EQ(read_file(folder / "other/b.txt"), "new");
}

}  // namespace
}  // namespace limbeck
