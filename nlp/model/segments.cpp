#include "nlp/model/segments.h"

#include <ATen/ATen.h>
#include <torch/autograd.h>

#include <limits>

#include "nlp/core/threads.h"

namespace limbeck::nlp {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kColumnGrain = 64;

bool has_fast_path(const at::Tensor& rows) {
  return rows.device().is_cpu() && rows.scalar_type() == at::kFloat && rows.dim() == 2;
}

/// Sum by columns: each thread owns some columns of every sentence and meets the rows in order.
class SegmentSumFunction : public torch::autograd::Function<SegmentSumFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& argument,
                            const at::Tensor& sequence_of_row, int64_t count) {
    context->save_for_backward({sequence_of_row});
    const at::Tensor rows = argument.contiguous();
    const int64_t n = rows.size(0), width = rows.size(1);
    at::Tensor sums = at::zeros({count, width}, rows.options());
    const int64_t* sequence = sequence_of_row.const_data_ptr<int64_t>();
    const float* values = rows.const_data_ptr<float>();
    float* out = sums.mutable_data_ptr<float>();
    parallel_for(width, kColumnGrain, [&](int64_t begin, int64_t end) {
      for (int64_t row = 0; row < n; ++row)
        for (int64_t j = begin; j < end; ++j)
          out[sequence[row] * width + j] += values[row * width + j];
    });
    return sums;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor sequence_of_row = context->get_saved_variables()[0];
    return {gradients[0].index_select(0, sequence_of_row), at::Tensor(), at::Tensor()};
  }
};

class SegmentMaxFunction : public torch::autograd::Function<SegmentMaxFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& argument,
                            const at::Tensor& sequence_of_row, int64_t count) {
    const at::Tensor rows = argument.contiguous();
    const int64_t n = rows.size(0), width = rows.size(1);
    at::Tensor best =
        at::full({count, width}, -std::numeric_limits<float>::infinity(), rows.options());
    at::Tensor best_row = at::zeros({count, width}, sequence_of_row.options());
    const int64_t* sequence = sequence_of_row.const_data_ptr<int64_t>();
    const float* values = rows.const_data_ptr<float>();
    float* out = best.mutable_data_ptr<float>();
    int64_t* where = best_row.mutable_data_ptr<int64_t>();
    parallel_for(width, kColumnGrain, [&](int64_t begin, int64_t end) {
      for (int64_t row = 0; row < n; ++row)
        for (int64_t j = begin; j < end; ++j) {
          const int64_t at = sequence[row] * width + j;
          if (values[row * width + j] <= out[at]) continue;
          out[at] = values[row * width + j];
          where[at] = row;
        }
    });
    context->save_for_backward({best_row});
    context->saved_data["rows"] = n;
    return best;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor best_row = context->get_saved_variables()[0];
    const int64_t n = context->saved_data["rows"].toInt();
    // A row belongs to one sentence, so no place is written twice.
    const at::Tensor gradient = at::zeros({n, best_row.size(1)}, gradients[0].options());
    return {gradient.scatter(0, best_row, gradients[0]), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor segment_sum(const at::Tensor& rows, const RowSegments& segments) {
  if (has_fast_path(rows))
    return SegmentSumFunction::apply(rows, segments.sequence_of_row, segments.count());
  std::vector<int64_t> shape = rows.sizes().vec();
  shape[0] = segments.count();
  return at::zeros(shape, rows.options()).index_add(0, segments.sequence_of_row, rows);
}

at::Tensor segment_mean(const at::Tensor& rows, const RowSegments& segments) {
  return segment_sum(rows, segments) / segments.lengths.to(rows.scalar_type()).unsqueeze(1);
}

at::Tensor segment_max(const at::Tensor& rows, const RowSegments& segments) {
  if (has_fast_path(rows))
    return SegmentMaxFunction::apply(rows, segments.sequence_of_row, segments.count());
  const at::Tensor lowest = at::zeros({segments.count(), rows.size(1)}, rows.options());
  const at::Tensor index = segments.sequence_of_row.unsqueeze(1).expand_as(rows);
  return lowest.scatter_reduce(0, index, rows, "amax", /*include_self=*/false);
}

at::Tensor segment_softmax(const at::Tensor& scores, const RowSegments& segments) {
  const at::Tensor column = scores.unsqueeze(1);
  // The greatest score only keeps exp in range: its gradient is zero.
  const at::Tensor greatest =
      segment_max(column.detach(), segments).index_select(0, segments.sequence_of_row);
  const at::Tensor weights = (column - greatest).exp();
  const at::Tensor sums = segment_sum(weights, segments).index_select(0, segments.sequence_of_row);
  return (weights / sums).squeeze(1);
}

}  // namespace limbeck::nlp
