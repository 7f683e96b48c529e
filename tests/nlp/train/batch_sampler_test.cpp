#include "nlp/train/batch_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"

namespace limbeck::nlp {
namespace {

std::vector<int32_t> random_lengths(int64_t count) {
  RandomStream stream(9, "lengths");
  std::vector<int32_t> lengths;
  for (int64_t i = 0; i < count; ++i) lengths.push_back(static_cast<int32_t>(1 + stream.below(60)));
  return lengths;
}

TEST(BatchSampler, VisitsEveryExampleOnceAnEpoch) {
  for (const int64_t count : {1, 31, 32, 33, 1000}) {
    BatchSampler sampler({32, 4, true, 1, 0, 1}, count, random_lengths(count));
    std::vector<int64_t> seen;
    for (int64_t b = 0; b < sampler.batches_per_epoch(); ++b)
      for (const int64_t example : sampler.batch(2, b)) seen.push_back(example);
    std::sort(seen.begin(), seen.end());
    std::vector<int64_t> all(static_cast<size_t>(count));
    std::iota(all.begin(), all.end(), 0);
    EXPECT_EQ(seen, all);
  }
}

TEST(BatchSampler, IsAFunctionOfSeedAndEpoch) {
  const auto lengths = random_lengths(500);
  BatchSampler forward({16, 4, true, 7, 0, 1}, 500, lengths),
      jumped({16, 4, true, 7, 0, 1}, 500, lengths);
  forward.batch(0, 0);
  forward.batch(1, 5);
  EXPECT_EQ(forward.batch(3, 11), jumped.batch(3, 11));
  EXPECT_NE(jumped.batch(3, 11), jumped.batch(4, 11));
  BatchSampler other({16, 4, true, 8, 0, 1}, 500, lengths);
  EXPECT_NE(other.batch(3, 11), jumped.batch(3, 11));
}

TEST(BatchSampler, RanksPartitionTheBatchOfOneProcess) {
  const auto lengths = random_lengths(101);
  BatchSampler whole({10, 3, true, 1, 0, 1}, 101, lengths);
  for (int64_t b = 0; b < whole.batches_per_epoch(); ++b) {
    std::multiset<int64_t> parts;
    for (int64_t rank = 0; rank < 3; ++rank) {
      BatchSampler sampler({10, 3, true, 1, rank, 3}, 101, lengths);
      const auto part = sampler.batch(0, b);
      parts.insert(part.begin(), part.end());
      EXPECT_EQ(sampler.global_batch_size(0, b), static_cast<int64_t>(whole.batch(0, b).size()));
    }
    const auto batch = whole.batch(0, b);
    EXPECT_EQ(parts, std::multiset<int64_t>(batch.begin(), batch.end()));
  }
}

double padded_share(int64_t bucket_batches) {
  const auto lengths = random_lengths(5000);
  BatchSampler sampler({32, bucket_batches, true, 1, 0, 1}, 5000, lengths);
  double padded = 0, real = 0;
  for (int64_t b = 0; b < sampler.batches_per_epoch(); ++b) {
    int32_t longest = 0;
    const auto batch = sampler.batch(0, b);
    for (const int64_t i : batch) longest = std::max(longest, lengths[static_cast<size_t>(i)]);
    for (const int64_t i : batch) real += lengths[static_cast<size_t>(i)];
    padded += static_cast<double>(longest) * static_cast<double>(batch.size());
  }
  return padded / real - 1;
}

TEST(BatchSampler, BucketsSavePadding) {
  EXPECT_GT(padded_share(1), 0.8);  // the longest of 32 uniform lengths is twice the mean
  EXPECT_LT(padded_share(50), 0.05);
}

TEST(BatchSampler, BatchesComeInRandomOrderOfLength) {
  const auto lengths = random_lengths(3200);
  BatchSampler sampler({32, 100, true, 1, 0, 1}, 3200, lengths);
  int rises = 0;
  for (int64_t b = 1; b < 100; ++b)
    rises += lengths[static_cast<size_t>(sampler.batch(0, b)[0])] >
             lengths[static_cast<size_t>(sampler.batch(0, b - 1)[0])];
  EXPECT_GT(rises, 30);
  EXPECT_LT(rises, 70);
}

TEST(BatchSampler, KeepsTheOrderWithoutShuffleAndLengths) {
  BatchSampler sampler({4, 50, false, 1, 0, 1}, 6, {});
  EXPECT_EQ(sampler.batch(0, 0), (std::vector<int64_t>{0, 1, 2, 3}));
  EXPECT_EQ(sampler.batch(5, 1), (std::vector<int64_t>{4, 5}));
}

TEST(BatchSampler, RefusesAnEmptySet) {
  try {
    BatchSampler({4, 50, true, 1, 0, 1}, 0, {});
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "training data: expected at least 1 example, got 0");
  }
}

}  // namespace
}  // namespace limbeck::nlp
