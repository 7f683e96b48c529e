#include "nlp/core/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "tests/support/error_message.h"

namespace limbeck {
namespace {

using testing::MatchesRegex;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

// Standard error is a file while it is captured, as in a log; tests/cli has a terminal.
TEST(Progress, IsWholeLinesWhereThereIsNoTerminal) {
  CaptureStderr();
  {
    Progress progress("embed", 200, ProgressMode::kAuto, /*interval_seconds=*/0);
    progress.update(50, "loss 0.5");
    progress.finish();
  }
  EXPECT_THAT(GetCapturedStderr(),
              MatchesRegex("embed  25% 50/200 left ([0-9]+m[0-9][0-9]s|[?])  loss 0.5\n"
                           "embed 100% 200/200 in 0m00s\n"));
}

TEST(Progress, WaitsForItsIntervalButNotForTheEnd) {
  CaptureStderr();
  {
    Progress progress("embed", 200, ProgressMode::kAlways);
    for (int64_t done = 0; done < 200; ++done) progress.update(done);
    progress.finish("done");
    progress.finish("twice");
  }
  EXPECT_EQ(GetCapturedStderr(), "embed 100% 200/200 in 0m00s  done\n");
}

TEST(Progress, IsNeverShownWhenNotAskedFor) {
  CaptureStderr();
  {
    Progress progress("embed", 2, ProgressMode::kNever, 0);
    progress.update(1);
    progress.finish();
  }
  EXPECT_EQ(GetCapturedStderr(), "");
}

TEST(Progress, ModesHaveThreeNames) {
  EXPECT_EQ(parse_progress_mode("auto"), ProgressMode::kAuto);
  EXPECT_EQ(parse_progress_mode("always"), ProgressMode::kAlways);
  EXPECT_EQ(parse_progress_mode("never"), ProgressMode::kNever);
  EXPECT_EQ(test::error_message<ConfigError>([] { parse_progress_mode("often"); }),
            "--progress: expected auto, always or never, got 'often'");
}

TEST(Interrupt, StopsWorkWithTheRemedy) {
  stop_if_interrupted();
  set_interrupt_signal(15);
  EXPECT_EQ(test::error_message<Interrupted>([] { stop_if_interrupted(); }),
            "interrupted; nothing half-written is left");
  EXPECT_EQ(test::error_message<Interrupted>([] { stop_if_interrupted("run it again"); }),
            "interrupted; run it again");
  set_interrupt_signal(0);
}

}  // namespace
}  // namespace limbeck
