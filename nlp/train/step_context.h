#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "nlp/core/random_stream.h"
#include "nlp/train/checkpoint.h"

namespace limbeck::nlp {

/// What a loss may know of the update in progress.
class StepContext {
 public:
  /// `values` takes what is logged; `part` counts the pieces of one batch, `examples` is the weight
  /// of what is logged.
  StepContext(uint64_t seed, int64_t step, int64_t epoch, int64_t part, double examples,
              double progress, std::map<std::string, RunningMean>& values)
      : seed_(seed),
        step_(step),
        epoch_(epoch),
        part_(part),
        examples_(examples),
        progress_(progress),
        values_(values) {}

  int64_t step() const { return step_; }  ///< updates done before this one
  int64_t epoch() const { return epoch_; }
  double progress() const { return progress_; }  ///< share of all updates done, in [0, 1)

  /// A random stream of this update and piece: a pure function of (seed, step, piece, name).
  RandomStream stream(std::string_view name) const;
  /// Seed for a generator of one's own, from that stream.
  uint64_t seed(std::string_view name) const { return stream(name).next_u64(); }

  /// Adds to the mean of `name` in the next row of the learning curve, weighted by the number of
  /// examples.
  void log(const std::string& name, double value) { values_[name].add(value, examples_); }

 private:
  uint64_t seed_;
  int64_t step_, epoch_, part_;
  double examples_, progress_;
  std::map<std::string, RunningMean>& values_;
};

}  // namespace limbeck::nlp
