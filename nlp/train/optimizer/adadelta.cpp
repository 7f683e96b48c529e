#include <cmath>

#include "nlp/core/threads.h"
#include "nlp/train/optimizer/rules.h"

namespace limbeck::nlp::detail {
namespace {

constexpr int64_t kElementsWorthAThread = 1 << 14;

class Adadelta final : public Optimizer {
 public:
  Adadelta(const OptimizerOptions& options, std::vector<Parameter> list)
      : Optimizer(options, std::move(list), {"square_avg", "acc_delta"}) {}

 private:
  void apply(const Update& update) override {
    const float scale = static_cast<float>(update.gradient_scale);
    const float rho = static_cast<float>(options_.rho), mix = static_cast<float>(1 - options_.rho);
    const float epsilon = static_cast<float>(options_.epsilon);
    const float rate = static_cast<float>(update.learning_rate);
    const float keep = static_cast<float>(1.0 - update.learning_rate * update.weight_decay);
    float* value = update.value.data();
    const float* gradient = update.gradient.data();
    float *square = update.slots[0], *moved = update.slots[1];
    parallel_for(static_cast<int64_t>(update.value.size()), kElementsWorthAThread,
                 [=](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) {
                     const float g = scale * gradient[i];
                     square[i] = rho * square[i] + mix * (g * g);
                     const float delta =
                         std::sqrt(moved[i] + epsilon) / std::sqrt(square[i] + epsilon) * g;
                     moved[i] = rho * moved[i] + mix * (delta * delta);
                     value[i] = keep * value[i] - rate * delta;
                   }
                 });
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_adadelta(const OptimizerOptions& options,
                                         std::vector<Parameter> parameters) {
  return std::make_unique<Adadelta>(options, std::move(parameters));
}

}  // namespace limbeck::nlp::detail
