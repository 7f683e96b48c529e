#include "nlp/core/random_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace limbeck {
namespace {

TEST(RandomStream, ContinuesExactlyAfterSeek) {
  RandomStream first(7, "dropout");
  for (int i = 0; i < 13; ++i) first.next_u32();
  RandomStream second(7, "dropout");
  second.seek(first.position());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.next_u32(), second.next_u32());
}

TEST(RandomStream, StreamsOfDifferentNamesDiffer) {
  RandomStream a(7, "init"), b(7, "shuffle"), c(8, "init");
  const uint64_t first = a.next_u64();
  EXPECT_NE(first, b.next_u64());
  EXPECT_NE(first, c.next_u64());
}

TEST(RandomStream, NormalHasUnitVariance) {
  RandomStream stream(1, "normal");
  double sum = 0, sum_of_squares = 0;
  constexpr int kCount = 200000;
  for (int i = 0; i < kCount; ++i) {
    const double x = stream.normal();
    sum += x;
    sum_of_squares += x * x;
  }
  EXPECT_NEAR(sum / kCount, 0.0, 0.01);              // 4.5 standard errors
  EXPECT_NEAR(sum_of_squares / kCount, 1.0, 0.015);  // 4.7 standard errors
}

TEST(RandomStream, PermutationHoldsEachIndexOnce) {
  std::vector<int64_t> order = RandomStream(3, "shuffle").permutation(1000);
  EXPECT_FALSE(std::is_sorted(order.begin(), order.end()));
  std::sort(order.begin(), order.end());
  for (int64_t i = 0; i < 1000; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
}

}  // namespace
}  // namespace limbeck
