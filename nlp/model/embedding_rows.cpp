#include "nlp/model/embedding_rows.h"

#include <ATen/ATen.h>
#include <torch/autograd.h>

#include <cstring>
#include <string>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"

namespace limbeck::nlp {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kColumnGrain = 32;
constexpr int64_t kRowGrain = 512;

class EmbeddingRowsFunction : public torch::autograd::Function<EmbeddingRowsFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& table,
                            const at::Tensor& ids) {
    const at::Tensor weight = table.contiguous();
    context->save_for_backward({ids});
    context->saved_data["vocabulary"] = weight.size(0);
    const int64_t width = weight.size(1);
    at::Tensor rows = at::empty({ids.size(0), width}, weight.options());
    const float* values = weight.const_data_ptr<float>();
    const int64_t* id = ids.const_data_ptr<int64_t>();
    float* out = rows.mutable_data_ptr<float>();
    parallel_for(ids.size(0), kRowGrain, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row)
        std::memcpy(out + row * width, values + id[row] * width, sizeof(float) * width);
    });
    return rows;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor ids = context->get_saved_variables()[0];
    const at::Tensor rows = gradients[0].contiguous();
    const int64_t n = rows.size(0), width = rows.size(1);
    at::Tensor table =
        at::zeros({context->saved_data["vocabulary"].toInt(), width}, rows.options());
    const float* values = rows.const_data_ptr<float>();
    const int64_t* id = ids.const_data_ptr<int64_t>();
    float* out = table.mutable_data_ptr<float>();
    parallel_for(width, kColumnGrain, [&](int64_t begin, int64_t end) {
      for (int64_t row = 0; row < n; ++row)
        for (int64_t j = begin; j < end; ++j) out[id[row] * width + j] += values[row * width + j];
    });
    return {table, at::Tensor()};
  }
};

}  // namespace

at::Tensor embedding_rows(const at::Tensor& weight, const at::Tensor& ids) {
  if (ids.numel() == 0) return at::empty({0, weight.size(1)}, weight.options());
  const int64_t least = ids.min().item<int64_t>(), greatest = ids.max().item<int64_t>();
  if (least < 0 || greatest >= weight.size(0))
    throw ShapeError("embedding_rows: ids must be in [0, " + std::to_string(weight.size(0)) +
                     "), got " + std::to_string(least < 0 ? least : greatest));
  if (!weight.device().is_cpu() || weight.scalar_type() != at::kFloat)
    return at::embedding(weight, ids);
  return EmbeddingRowsFunction::apply(weight, ids);
}

}  // namespace limbeck::nlp
