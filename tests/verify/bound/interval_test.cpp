#include "verify/bound/interval.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "tests/support/error_message.h"
#include "verify/bound/soundness_error.h"

namespace limbeck::verify {
namespace {

Interval interval(double lower, double upper) {
  return {torch::full({1}, lower, at::kDouble), torch::full({1}, upper, at::kDouble)};
}

TEST(Intersect, KeepsWhatBothAllow) {
  const Interval both = intersect(interval(-1, 2), interval(0, 3), "here");
  EXPECT_EQ(both.lower.item<double>(), 0);
  EXPECT_EQ(both.upper.item<double>(), 2);
}

TEST(Intersect, ANanKnowsNothing) {
  const Interval both = intersect(interval(NAN, NAN), interval(0, 3), "here");
  EXPECT_EQ(both.lower.item<double>(), 0);
  EXPECT_EQ(both.upper.item<double>(), 3);
}

TEST(Intersect, BoundsThatCrossByRoundingBecomeANarrowInterval) {
  const Interval both = intersect(interval(1, 1), interval(1 - 1e-15, 1 - 1e-15), "here");
  EXPECT_LE(both.lower.item<double>(), both.upper.item<double>());
}

TEST(Intersect, ContradictionIsAnErrorWithTheValues) {
  EXPECT_EQ(test::error_message<SoundnessError>(
                [] { intersect(interval(1, 2), interval(-1, 0), "aten::relu #3"); }),
            "aten::relu #3: lower bound 1 exceeds upper bound 0 at flat index 0");
}

}  // namespace
}  // namespace limbeck::verify
