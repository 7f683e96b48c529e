#include "nlp/train/batch_sampler.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"

namespace limbeck::nlp {

BatchSampler::BatchSampler(BatchSamplerOptions options, int64_t example_count,
                           std::vector<int32_t> lengths)
    : options_(options), example_count_(example_count), lengths_(std::move(lengths)) {
  if (options_.batch_size < 1)
    throw ConfigError("batch_size: expected at least 1, got " +
                      std::to_string(options_.batch_size));
  if (options_.world_size < 1 || options_.rank < 0 || options_.rank >= options_.world_size)
    throw ConfigError("rank: expected 0 <= rank < world_size, got " +
                      std::to_string(options_.rank) + " of " + std::to_string(options_.world_size));
  if (example_count_ < 1) throw DataError("training data: expected at least 1 example, got 0");
  if (!lengths_.empty() && static_cast<int64_t>(lengths_.size()) != example_count_)
    throw ShapeError("BatchSampler: expected " + std::to_string(example_count_) + " lengths, got " +
                     std::to_string(lengths_.size()));
}

int64_t BatchSampler::batches_per_epoch() const {
  return (example_count_ + options_.batch_size - 1) / options_.batch_size;
}

void BatchSampler::prepare(int64_t epoch) {
  if (epoch == prepared_epoch_) return;
  const std::string name = "epoch-" + std::to_string(epoch);
  std::vector<int64_t> order(static_cast<size_t>(example_count_));
  std::iota(order.begin(), order.end(), 0);
  if (options_.shuffle)
    order = RandomStream(options_.seed, "shuffle/" + name).permutation(example_count_);
  if (!lengths_.empty() && options_.bucket_batches > 1) {
    const int64_t window = options_.batch_size * options_.bucket_batches;
    for (int64_t begin = 0; begin < example_count_; begin += window)
      std::stable_sort(order.begin() + begin,
                       order.begin() + std::min(begin + window, example_count_),
                       [&](int64_t a, int64_t b) {
                         return lengths_[static_cast<size_t>(a)] < lengths_[static_cast<size_t>(b)];
                       });
  }
  const int64_t count = batches_per_epoch();
  std::vector<int64_t> places(static_cast<size_t>(count));
  std::iota(places.begin(), places.end(), 0);
  if (options_.shuffle)
    places = RandomStream(options_.seed, "shuffle/batches/" + name).permutation(count);
  batches_.assign(static_cast<size_t>(count), {});
  for (int64_t b = 0; b < count; ++b) {
    const int64_t begin = b * options_.batch_size;
    batches_[static_cast<size_t>(places[static_cast<size_t>(b)])].assign(
        order.begin() + begin,
        order.begin() + std::min(begin + options_.batch_size, example_count_));
  }
  prepared_epoch_ = epoch;
}

std::vector<int64_t> BatchSampler::batch(int64_t epoch, int64_t batch) {
  prepare(epoch);
  const std::vector<int64_t>& whole = batches_.at(static_cast<size_t>(batch));
  std::vector<int64_t> part;
  for (size_t i = static_cast<size_t>(options_.rank); i < whole.size();
       i += static_cast<size_t>(options_.world_size))
    part.push_back(whole[i]);
  return part;
}

int64_t BatchSampler::global_batch_size(int64_t epoch, int64_t batch) {
  prepare(epoch);
  return static_cast<int64_t>(batches_.at(static_cast<size_t>(batch)).size());
}

}  // namespace limbeck::nlp
