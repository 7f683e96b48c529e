#include "nlp/train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

TEST(Schedule, RisesLinearlyOverTheWarmup) {
  const ScheduleOptions options{"linear", 0.1, 0.0};
  EXPECT_DOUBLE_EQ(schedule_factor(options, 0, 100), 0.1);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 4, 100), 0.5);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 9, 100), 1.0);
}

TEST(Schedule, LinearFallsFromThePeakToItsEnd) {
  const ScheduleOptions options{"linear", 10, 0.2};
  EXPECT_DOUBLE_EQ(schedule_factor(options, 10, 110), 1.0);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 60, 110), 0.6);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 110, 110), 0.2);
}

TEST(Schedule, CosineIsHalfAPeriod) {
  const ScheduleOptions options{"cosine", 0, 0.0};
  EXPECT_DOUBLE_EQ(schedule_factor(options, 0, 100), 1.0);
  EXPECT_NEAR(schedule_factor(options, 25, 100), 0.5 + 0.25 * std::sqrt(2.0), 1e-15);
  EXPECT_NEAR(schedule_factor(options, 50, 100), 0.5, 1e-15);
}

TEST(Schedule, ConstantStays) {
  const ScheduleOptions options{"constant", 2, 0.0};
  EXPECT_DOUBLE_EQ(schedule_factor(options, 0, 100), 0.5);
  EXPECT_DOUBLE_EQ(schedule_factor(options, 99, 100), 1.0);
}

TEST(Schedule, WarmupLongerThanTheRunIsCut) {
  EXPECT_DOUBLE_EQ(schedule_factor({"linear", 500, 0.0}, 9, 10), 1.0);
}

TEST(Schedule, EveryStepTrains) {
  for (const char* shape : {"constant", "linear", "cosine"})
    for (int64_t step = 0; step < 50; ++step)
      EXPECT_GT(schedule_factor({shape, 0.06, 0.0}, step, 50), 0.0) << shape << " " << step;
}

TEST(Schedule, NamesTheWrongField) {
  try {
    ScheduleOptions{"step", 0.1, 0.0}.validate();
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "schedule: expected constant, linear or cosine, got 'step'");
  }
}

}  // namespace
}  // namespace limbeck::nlp
