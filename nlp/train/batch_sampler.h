#pragma once

#include <cstdint>
#include <vector>

namespace limbeck::nlp {

/// How examples are grouped into batches.
struct BatchSamplerOptions {
  int64_t batch_size = 32;      ///< examples an update, over all processes; >= 1
  int64_t bucket_batches = 50;  ///< batches in a window that is sorted by length; <= 1 = no sorting
  bool shuffle = true;          ///< false: examples in their own order
  uint64_t seed = 1;
  int64_t rank = 0;  ///< this process, in [0, world_size)
  int64_t world_size = 1;
};

/// The batches of every epoch: a pure function of (options, lengths, epoch), so a position (epoch,
/// batch) resumes.
///
/// An epoch's order is a random permutation; each window of `bucket_batches` batches is sorted by
/// length (equal lengths stay in random order) and cut into batches, then all batches are shuffled.
/// Random streams: `shuffle/epoch-E` and `shuffle/batches/epoch-E`. Law: over an epoch each example
/// occurs exactly once. Law: the batches of ranks 0 .. world_size-1 partition the batch of one
/// process; a rank's part may be empty.
class BatchSampler {
 public:
  /// `lengths`: any cost of each example, or empty for no sorting. Throws: ConfigError on a wrong
  /// option, DataError when there is no example.
  BatchSampler(BatchSamplerOptions options, int64_t example_count, std::vector<int32_t> lengths);

  int64_t batches_per_epoch() const;
  /// Examples of this rank in a batch. 0 <= batch < batches_per_epoch().
  std::vector<int64_t> batch(int64_t epoch, int64_t batch);
  /// Examples of all ranks together in a batch.
  int64_t global_batch_size(int64_t epoch, int64_t batch);

 private:
  void prepare(int64_t epoch);

  BatchSamplerOptions options_;
  int64_t example_count_;
  std::vector<int32_t> lengths_;
  int64_t prepared_epoch_ = -1;
  std::vector<std::vector<int64_t>> batches_;
};

}  // namespace limbeck::nlp
