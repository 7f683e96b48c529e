#include "nlp/train/optimizer/gradient_norm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nlp/core/threads.h"
#include "nlp/train/state_tensors.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kBlock = 1 << 14;

double sum_of_squares(const float* values, int64_t count) {
  std::array<double, 8> lanes{};  // independent sums, so that the compiler may use vectors
  int64_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (size_t j = 0; j < 8; ++j) {
      const double value = values[i + static_cast<int64_t>(j)];
      lanes[j] += value * value;
    }
  for (; i < count; ++i) lanes[0] += static_cast<double>(values[i]) * values[i];
  return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) +
         ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

}  // namespace

double gradient_norm(const std::vector<Parameter>& parameters) {
  double total = 0;
  for (const Parameter& parameter : parameters) {
    if (!parameter.tensor.grad().defined()) continue;
    const at::Tensor gradient = dense_gradient(parameter.tensor);
    const float* values = gradient.const_data_ptr<float>();
    const int64_t count = gradient.numel();
    std::vector<double> sums(static_cast<size_t>((count + kBlock - 1) / kBlock));
    parallel_for(static_cast<int64_t>(sums.size()), 1, [&](int64_t first, int64_t last) {
      for (int64_t b = first; b < last; ++b)
        sums[static_cast<size_t>(b)] =
            sum_of_squares(values + b * kBlock, std::min(kBlock, count - b * kBlock));
    });
    for (const double sum : sums) total += sum;
  }
  return std::sqrt(total);
}

double clip_factor(double norm, double clip_norm) {
  return clip_norm > 0 && norm > clip_norm ? clip_norm / norm : 1.0;
}

}  // namespace limbeck::nlp
