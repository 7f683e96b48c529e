#include "nlp/core/path_containment.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck {
namespace {

namespace fs = std::filesystem;
using test::TemporaryDirectory;

TEST(PathContainment, HoldsForTheFolderItselfAndAllBelow) {
  const TemporaryDirectory folder;
  const fs::path top = folder.path();
  EXPECT_TRUE(is_within(top, top));
  EXPECT_TRUE(is_within(top / "a/b", top));
  EXPECT_TRUE(is_within(top / "a/../b", top));
  EXPECT_FALSE(is_within(top / "../other", top));
  EXPECT_FALSE(is_within(top.string() + "2", top));
  EXPECT_FALSE(is_within(top, top / "a"));
}

TEST(PathContainment, FollowsSymbolicLinks) {
  const TemporaryDirectory folder;
  folder.write("model/config.json", "{}");
  fs::create_directory_symlink(folder / "model", folder / "link");
  EXPECT_TRUE(is_within(folder / "link/config.json", folder / "model"));
}

TEST(PathContainment, APipeLiesNowhere) {
  // Its name, /dev/fd/N -> pipe:[M], was once "No such file or directory".
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const std::string pipe = "/dev/fd/" + std::to_string(ends[0]);
  const TemporaryDirectory folder;
  EXPECT_FALSE(is_within(pipe, folder.path()));
  require_outside(folder / "out", {pipe}, "read");
  EXPECT_EQ(test::error_message<ConfigError>([&] { require_rereadable("--data", pipe); }),
            "--data: expected a file, got '" + pipe +
                "', a pipe or a device (it is read more than once)");
  require_rereadable("--data", "");
  require_rereadable("--data", folder / "absent");
  require_rereadable("--data", folder.write("a.txt", "a"));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(PathContainment, NamesWhatWouldBeLost) {
  const TemporaryDirectory folder;
  const fs::path out = folder / "out", model = folder / "out/model";
  require_outside(out, {folder / "model", ""}, "read");
  EXPECT_EQ(test::error_message<ConfigError>([&] {
              require_outside(out, {"", model}, "read");
            }),
            "--output: " + out.string() + " holds " + model.string() +
                ", which is read (give another directory)");
}

}  // namespace
}  // namespace limbeck
