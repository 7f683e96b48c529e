#include "nlp/core/output_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>
#include <vector>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck {
namespace {

namespace fs = std::filesystem;
using test::error_message;
using test::TemporaryDirectory;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> listing(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

TEST(OutputDirectory, HoldsALockWhileItLives) {
  const TemporaryDirectory folder;
  {
    const OutputDirectory output(folder / "out", ExistingOutput::kRefuse);
    EXPECT_THAT(listing(output.path()), ElementsAre(".lock"));
    EXPECT_EQ(
        error_message<DataError>([&] { OutputDirectory(folder / "out", ExistingOutput::kResume); }),
        (folder / "out").string() + ": in use by process " + std::to_string(::getpid()) +
            " (wait for it, or choose another --output)");
    EXPECT_THAT(listing(output.path()), ElementsAre(".lock"));
  }
  EXPECT_THAT(listing(folder.path()), IsEmpty());  // it was made, and nothing was written
}

TEST(OutputDirectory, RefusesFilesAndLeavesTheDirectoryAsItWas) {
  // The lock file once stayed behind.
  const TemporaryDirectory folder;
  folder.write("out/mine.txt", "mine");
  EXPECT_EQ(
      error_message<ConfigError>([&] { OutputDirectory(folder / "out", ExistingOutput::kRefuse); }),
      (folder / "out").string() +
          ": not empty (give --overwrite to replace it or --resume to continue)");
  EXPECT_THAT(listing(folder / "out"), ElementsAre("mine.txt"));
}

TEST(OutputDirectory, KeepsTheLockFileOfARunThatCrashedWhenItRefuses) {
  const TemporaryDirectory folder;
  folder.write("out/.lock", "1");
  folder.write("out/mine.txt", "mine");
  EXPECT_THROW(OutputDirectory(folder / "out", ExistingOutput::kRefuse), ConfigError);
  EXPECT_THAT(listing(folder / "out"), UnorderedElementsAre(".lock", "mine.txt"));
}

TEST(OutputDirectory, OverwriteClearsAndResumeKeeps) {
  const TemporaryDirectory folder;
  folder.write("out/part/mine.txt", "mine");
  {
    const OutputDirectory output(folder / "out", ExistingOutput::kResume);
    EXPECT_THAT(listing(output.path()), UnorderedElementsAre(".lock", "part"));
  }
  {
    const OutputDirectory output(folder / "out", ExistingOutput::kOverwrite);
    EXPECT_THAT(listing(output.path()), ElementsAre(".lock"));
  }
  EXPECT_THAT(listing(folder / "out"), IsEmpty());
}

TEST(OutputDirectory, RemovesTheParentsThatItMadeWhenNothingWasWritten) {
  // `--output new/a/b` of a failed run once left new/a.
  const TemporaryDirectory folder;
  { const OutputDirectory output(folder / "new/a/b", ExistingOutput::kRefuse); }
  { const OutputDirectory output(folder / "other/a/", ExistingOutput::kRefuse); }
  EXPECT_THAT(listing(folder.path()), IsEmpty());
  fs::create_directory(folder / "mine");
  { const OutputDirectory output(folder / "mine/a/b", ExistingOutput::kRefuse); }
  EXPECT_THAT(listing(folder.path()), ElementsAre("mine"));
  {
    const OutputDirectory output(folder / "new/a/b", ExistingOutput::kRefuse);
    folder.write("new/a/b/mine.txt", "mine");
  }
  EXPECT_TRUE(fs::exists(folder / "new/a/b/mine.txt"));
}

TEST(OutputDirectory, IsReplacedByAFinishedDirectory) {
  const TemporaryDirectory folder;
  folder.write("out/old.txt", "old");
  folder.write("out/both.txt", "old");
  folder.write("out/.new/both.txt", "new");
  folder.write("out/.new/part/new.txt", "new");
  {
    OutputDirectory output(folder / "out", ExistingOutput::kResume);
    output.replace_by(output.path() / ".new");
    EXPECT_THAT(listing(output.path()), UnorderedElementsAre(".lock", "both.txt", "part"));
  }
  EXPECT_EQ(read_file(folder / "out/both.txt"), "new");
  EXPECT_EQ(read_file(folder / "out/part/new.txt"), "new");
}

/// The owner removes the lock file before the lock is free: who had opened that file would lock one
/// without a name, beside the next owner.
TEST(OutputDirectory, IsHeldByOneAtATime) {
  const TemporaryDirectory folder;
  folder.write("out/mine.txt", "mine");
  std::atomic<int> holders{0}, most{0}, taken{0};
  const auto compete = [&] {
    for (int i = 0; i < 4000; ++i) try {
        const OutputDirectory output(folder / "out", ExistingOutput::kResume);
        const int now = ++holders;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        ++taken;
        std::this_thread::yield();
        --holders;
      } catch (const DataError&) {
      }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(compete);
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(taken, 1);
  EXPECT_EQ(most, 1);
}

}  // namespace
}  // namespace limbeck
