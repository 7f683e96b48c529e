#pragma once

#include <cstdint>
#include <string>

#include "nlp/train/optimizer/optimizer_options.h"
#include "nlp/train/schedule.h"

namespace limbeck::nlp {

/// How a model is trained. A step is one update of the weights, by one batch.
struct TrainerOptions {
  int64_t epochs = 3;            ///< passes over the data; >= 1
  int64_t max_steps = 0;         ///< steps at most; 0 = by epochs
  int64_t batch_size = 32;       ///< examples a step; >= 1
  int64_t micro_batch_size = 0;  ///< examples computed at once, gradients are summed; 0 = the batch
  std::string dtype = "float32";  ///< of the products: float32 | bfloat16 (product_precision.h)
  double learning_rate = 1e-3;    ///< peak; > 0
  double clip_norm = 1.0;         ///< longest norm of all gradients; 0 = no clipping
  OptimizerOptions optimizer;
  ScheduleOptions schedule;
  int64_t bucket_batches =
      50;                  ///< batches whose examples are sorted by length together; <= 1 = none
  int64_t log_every = 50;  ///< steps a row of the learning curve; >= 1
  int64_t eval_every = 0;  ///< steps between evaluations; 0 = each epoch
  int64_t checkpoint_every = 0;  ///< steps between checkpoints; 0 = each epoch
  int64_t keep_last = 2;         ///< checkpoints kept; >= 1
  std::string
      monitor;  ///< metric that decides on the best model; empty = the last model is the best
  bool higher_is_better = true;  ///< direction of `monitor`; a metric named *loss is always lower
  int64_t patience = 0;          ///< evaluations without gain before the run stops; 0 = never
  uint64_t seed = 1;

  /// One flat list, those of the optimizer and the schedule included.
  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("epochs", self.epochs, "passes over the data");
    visit("max_steps", self.max_steps, "updates at most; 0 = by epochs");
    visit("batch_size", self.batch_size, "examples an update");
    visit("micro_batch_size", self.micro_batch_size, "examples computed at once; 0 = the batch");
    visit("dtype", self.dtype, "products of matrices in float32 or bfloat16; weights stay float32");
    visit("learning_rate", self.learning_rate, "peak learning rate");
    visit("clip_norm", self.clip_norm, "longest norm of all gradients together; 0 = no clipping");
    OptimizerOptions::fields(self.optimizer, visit);
    ScheduleOptions::fields(self.schedule, visit);
    visit("bucket_batches", self.bucket_batches, "batches sorted by length together; 1 = none");
    visit("log_every", self.log_every, "updates a row of the learning curve");
    visit("eval_every", self.eval_every, "updates between evaluations; 0 = each epoch");
    visit("checkpoint_every", self.checkpoint_every, "updates between checkpoints; 0 = each epoch");
    visit("keep_last", self.keep_last, "checkpoints kept");
    visit("monitor", self.monitor, "metric that decides on the best model; empty = the last model");
    visit("higher_is_better", self.higher_is_better, "whether a higher monitored metric is better");
    visit("patience", self.patience,
          "evaluations without gain before stopping; 0 = never stop early");
    visit("seed", self.seed, "seed of every random stream");
  }
  /// Whether a greater value of `monitor` is a gain.
  bool monitors_upwards() const { return higher_is_better && !monitor.ends_with("loss"); }
  /// Throws: ConfigError naming the field, the range and the value.
  void validate() const;
};

}  // namespace limbeck::nlp
