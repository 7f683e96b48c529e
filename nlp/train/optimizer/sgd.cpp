#include "nlp/core/threads.h"
#include "nlp/train/optimizer/rules.h"

namespace limbeck::nlp::detail {
namespace {

constexpr int64_t kElementsWorthAThread = 1 << 14;

class Sgd final : public Optimizer {
 public:
  Sgd(const OptimizerOptions& options, std::vector<Parameter> list)
      : Optimizer(options, std::move(list), {"momentum_buffer"}) {}

 private:
  void apply(const Update& update) override {
    const float scale = static_cast<float>(update.gradient_scale);
    const float momentum = static_cast<float>(options_.momentum);
    const float rate = static_cast<float>(update.learning_rate);
    const float keep = static_cast<float>(1.0 - update.learning_rate * update.weight_decay);
    float* value = update.value.data();
    const float* gradient = update.gradient.data();
    float* velocity = update.slots[0];
    parallel_for(static_cast<int64_t>(update.value.size()), kElementsWorthAThread,
                 [=](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) {
                     velocity[i] = momentum * velocity[i] + scale * gradient[i];
                     value[i] = keep * value[i] - rate * velocity[i];
                   }
                 });
  }
};

}  // namespace

std::unique_ptr<Optimizer> make_sgd(const OptimizerOptions& options,
                                    std::vector<Parameter> parameters) {
  return std::make_unique<Sgd>(options, std::move(parameters));
}

}  // namespace limbeck::nlp::detail
