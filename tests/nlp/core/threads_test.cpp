#include "nlp/core/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"

namespace limbeck {
namespace {

/// Sets the number of threads for the scope.
class ScopedThreads {
 public:
  explicit ScopedThreads(int count) { set_thread_count(count); }
  ~ScopedThreads() { set_thread_count(before_); }

 private:
  int before_ = thread_count();
};

TEST(ParallelFor, CallsEveryIndexOnce) {
  for (const int threads : {1, 2, 5}) {
    const ScopedThreads scope(threads);
    for (const int64_t count : {0, 1, 2, 31, 1000, 100'003})
      for (const int64_t grain : {0, 1, 7, 1 << 20}) {
        std::vector<std::atomic<int>> calls(static_cast<size_t>(count));
        parallel_for(count, grain, [&](int64_t begin, int64_t end) {
          for (int64_t i = begin; i < end; ++i) ++calls[static_cast<size_t>(i)];
        });
        for (int64_t i = 0; i < count; ++i)
          ASSERT_EQ(calls[static_cast<size_t>(i)], 1)
              << i << " of " << count << ", " << threads << " threads, grain " << grain;
      }
  }
}

TEST(ParallelFor, RangesAreNoSmallerThanTheGrainNeedBe) {
  const ScopedThreads scope(4);
  std::atomic<int> ranges{0};
  parallel_for(1000, 500, [&](int64_t, int64_t) { ++ranges; });
  EXPECT_LE(ranges, 2);
}

TEST(ParallelFor, ThrowsAnExceptionOfTheWorkAndStaysUsable) {
  const ScopedThreads scope(3);
  for (int round = 0; round < 50; ++round) {
    EXPECT_EQ(test::error_message<std::runtime_error>([&] {
                parallel_for(100, 1, [](int64_t begin, int64_t end) {
                  if (begin <= 40 && 40 < end) throw std::runtime_error("at 40");
                });
              }),
              "at 40");
    std::atomic<int64_t> sum{0};
    parallel_for(100, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
    ASSERT_EQ(sum, 100);
  }
}

TEST(ParallelFor, NestedCallsRunWholeOnTheirThread) {
  const ScopedThreads scope(3);
  std::atomic<int64_t> sum{0}, moved{0};
  parallel_for(20, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const std::thread::id self = std::this_thread::get_id();
      parallel_for(100, 1, [&](int64_t inner_begin, int64_t inner_end) {
        moved += std::this_thread::get_id() != self;
        sum += inner_end - inner_begin;
      });
    }
  });
  EXPECT_EQ(sum, 2000);
  EXPECT_EQ(moved, 0);
}

TEST(ParallelFor, MayBeCalledFromSeveralThreads) {
  const ScopedThreads scope(3);
  std::atomic<int64_t> sum{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller)
    callers.emplace_back([&] {
      for (int round = 0; round < 200; ++round)
        parallel_for(50, 1, [&](int64_t begin, int64_t end) { sum += end - begin; });
    });
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(sum, 4 * 200 * 50);
}

TEST(Threads, RefuseACountOutOfRange) {
  const int before = thread_count();
  EXPECT_GE(available_cpus(), 1);
  EXPECT_EQ(test::error_message<ConfigError>([] { set_thread_count(0); }),
            "threads: expected 1 to 1024, got 0");
  EXPECT_EQ(test::error_message<ConfigError>([] { set_thread_count(1025); }),
            "threads: expected 1 to 1024, got 1025");
  EXPECT_EQ(thread_count(), before);
}

}  // namespace
}  // namespace limbeck
