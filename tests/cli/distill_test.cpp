#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include "tests/cli/spawn.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

/// Whether this build holds the commands that need LibTorch.
bool can_train() {
  return std::filesystem::exists(std::filesystem::path(LIMBECK_PROGRAM).parent_path() /
                                 "limbeck-train");
}

TEST(DistillCommand, WithoutLibTorchSaysHowToGetIt) {
  if (can_train()) GTEST_SKIP() << "this build holds LibTorch";
  const Outcome outcome =
      limbeck({"distill", "--teacher", "t", "--text", "a.txt", "--output", "o"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error,
            "limbeck: distill: needs LibTorch, which this limbeck was built without (build with "
            "-DLIMBECK_WITH_TORCH=ON)\n");
}

TEST(DistillCommand, RefusesAnOutputDirectoryInUse) {
  if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  LIMBECK_NEEDS_ASSET("all-MiniLM-L6-v2");
  const TemporaryDirectory folder;
  const std::string text = folder.write("a.txt", "One sentence.\nAnother sentence.\n");
  const std::string lock_file = folder.write("student/.lock", "4711");
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  const std::string output = folder / "student";
  const Outcome outcome = limbeck({"distill", "--teacher", asset_cache("all-MiniLM-L6-v2").string(),
                                   "--text", text, "--output", output, "--validation-count", "1"});
  ::close(lock);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + output +
                               ": in use by process 4711 (wait for it, or choose another "
                               "--output)\n");
  EXPECT_EQ(outcome.output, "");
}

}  // namespace
}  // namespace limbeck::test
