#include <algorithm>
#include <cmath>

#include "nlp/core/threads.h"
#include "nlp/train/optimizer/adam_kernel.h"
#include "nlp/train/optimizer/rules.h"

namespace limbeck::nlp::detail {
namespace {

/// Elements that are skipped together while they never had a gradient: most rows of an embedding
/// table, at first.
constexpr size_t kBlock = 128;
constexpr int64_t kBlocksWorthAThread = 128;

class AdamW final : public Optimizer {
 public:
  AdamW(const OptimizerOptions& options, std::vector<Parameter> list)
      : Optimizer(options, std::move(list), {"exp_avg", "exp_avg_sq"}),
        touched_(parameters().size()) {
    for (size_t i = 0; i < touched_.size(); ++i)
      touched_[i].assign(
          (static_cast<size_t>(parameters()[i].tensor.numel()) + kBlock - 1) / kBlock, 0);
  }

 private:
  void apply(const Update& update) override {
    const double t = static_cast<double>(update.step);
    AdamConstants constants{};
    constants.gradient_scale = static_cast<float>(update.gradient_scale);
    constants.keep = static_cast<float>(1.0 - update.learning_rate * update.weight_decay);
    constants.mix1 = static_cast<float>(1.0 - options_.beta1);
    constants.beta2 = static_cast<float>(options_.beta2);
    constants.mix2 = static_cast<float>(1.0 - options_.beta2);
    constants.root_scale = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(options_.beta2, t)));
    constants.epsilon = static_cast<float>(options_.epsilon);
    constants.step_size =
        static_cast<float>(update.learning_rate / (1.0 - std::pow(options_.beta1, t)));
    std::vector<uint8_t>& touched = touched_[update.parameter];
    parallel_for(static_cast<int64_t>(touched.size()), kBlocksWorthAThread,
                 [&](int64_t first, int64_t last) {
                   for (int64_t b = first; b < last; ++b)
                     update_block(constants, update, static_cast<size_t>(b), touched);
                 });
  }

  /// A block with zero averages, zero gradient and no decay would not change: 0 / (0 + epsilon) =
  /// 0.
  static void update_block(const AdamConstants& constants, const Update& update, size_t block,
                           std::vector<uint8_t>& touched) {
    const size_t begin = block * kBlock, count = std::min(kBlock, update.value.size() - begin);
    const float* gradient = update.gradient.data() + begin;
    if (!touched[block]) {
      if (constants.keep == 1.0f && is_all_zero(gradient, count)) return;
      touched[block] = 1;
    }
    adam_update(constants, count, gradient, update.value.data() + begin, update.slots[0] + begin,
                update.slots[1] + begin);
  }

  void state_changed() override {
    const std::vector<OptimizerSlot> state = slots();  // each parameter's in turn, ours first
    const size_t stride = state.size() / std::max<size_t>(touched_.size(), 1);
    for (size_t i = 0; i < touched_.size(); ++i) {
      const float* mean = state[stride * i].tensor.const_data_ptr<float>();
      const float* square = state[stride * i + 1].tensor.const_data_ptr<float>();
      const size_t size = static_cast<size_t>(state[stride * i].tensor.numel());
      for (size_t b = 0; b < touched_[i].size(); ++b) {
        const size_t begin = b * kBlock, count = std::min(kBlock, size - begin);
        touched_[i][b] = !is_all_zero(mean + begin, count) || !is_all_zero(square + begin, count);
      }
    }
  }

  std::vector<std::vector<uint8_t>> touched_;
};

}  // namespace

std::unique_ptr<Optimizer> make_adamw(const OptimizerOptions& options,
                                      std::vector<Parameter> parameters) {
  return std::make_unique<AdamW>(options, std::move(parameters));
}

}  // namespace limbeck::nlp::detail
