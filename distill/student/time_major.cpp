#include "distill/student/time_major.h"

#include <algorithm>
#include <numeric>

namespace limbeck::distill::detail {
namespace {

std::vector<int64_t> step_offsets(const std::vector<int64_t>& falling_lengths) {
  std::vector<int64_t> offsets{0};
  auto running = static_cast<int64_t>(falling_lengths.size());
  for (int64_t step = 0; step < falling_lengths.front(); ++step) {
    while (falling_lengths[static_cast<size_t>(running - 1)] <= step) --running;
    offsets.push_back(offsets.back() + running);
  }
  return offsets;
}

}  // namespace

std::vector<TimeMajorBatch> time_major_batches(std::span<const int64_t> lengths,
                                               int64_t batch_size) {
  std::vector<int64_t> order(lengths.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return lengths[static_cast<size_t>(a)] > lengths[static_cast<size_t>(b)];
  });
  std::vector<TimeMajorBatch> batches;
  for (size_t begin = 0; begin < order.size(); begin += static_cast<size_t>(batch_size)) {
    const size_t end = std::min(order.size(), begin + static_cast<size_t>(batch_size));
    TimeMajorBatch batch;
    for (size_t i = begin; i < end; ++i) {
      batch.order.push_back(order[i]);
      batch.lengths.push_back(lengths[static_cast<size_t>(order[i])]);
    }
    batch.offsets = step_offsets(batch.lengths);
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace limbeck::distill::detail
