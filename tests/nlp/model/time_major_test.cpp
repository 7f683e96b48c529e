#include "nlp/model/time_major.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

using ::testing::ElementsAre;

std::vector<int64_t> values(const at::Tensor& tensor) {
  return {tensor.const_data_ptr<int64_t>(), tensor.const_data_ptr<int64_t>() + tensor.numel()};
}

// Sorted: "30 31 32" | "10 11" | "20"; pieces of two sentences.
//   piece 0: step 0: 30 10, step 1: 31 11, step 2: 32      piece 1: step 0: 20
TEST(TimeMajorBatch, LaysRowsOutStepByStep) {
  const std::vector<std::vector<int32_t>> ids{{10, 11}, {20}, {30, 31, 32}};
  const TimeMajorBatch batch = time_major_batch(ids, 2);
  EXPECT_THAT(values(batch.ids), ElementsAre(30, 10, 31, 11, 32, 20));
  EXPECT_THAT(values(batch.segments.sequence_of_row), ElementsAre(0, 1, 0, 1, 0, 2));
  EXPECT_THAT(values(batch.segments.lengths), ElementsAre(3, 2, 1));
  EXPECT_THAT(values(batch.first_rows), ElementsAre(0, 1, 5));
  EXPECT_THAT(values(batch.last_rows), ElementsAre(4, 3, 5));
  EXPECT_THAT(values(batch.caller_order), ElementsAre(1, 2, 0));
  ASSERT_EQ(batch.layout->pieces.size(), 2u);
  EXPECT_THAT(batch.layout->pieces[0].active, ElementsAre(2, 2, 1));
  EXPECT_THAT(batch.layout->pieces[0].offset, ElementsAre(0, 2, 4));
  EXPECT_EQ(batch.layout->pieces[1].first_row, 5);
}

TEST(TimeMajorBatch, AnEmptySentenceIsAnError) {
  try {
    time_major_batch(std::vector<std::vector<int32_t>>{{1}, {}});
    FAIL() << "no error";
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "time_major_layout: sentence 1 has no tokens");
  }
}

}  // namespace
}  // namespace limbeck::nlp
