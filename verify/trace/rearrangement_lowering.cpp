#include <ATen/ATen.h>

#include <limits>

#include "verify/trace/lowering.h"

namespace limbeck::verify {
namespace {

using Nodes = std::vector<int64_t>;

/// Numbers 0 to n - 1 in the shape of the item of the first argument.
at::Tensor numbered(GraphBuilder& b, const LoweringCall& call) {
  int64_t count = 1;
  for (const int64_t size : b.shape(call.node(0))) count *= size;
  return at::arange(count, at::kDouble).view(b.shape(call.node(0)));
}

at::Tensor run(const LoweringCall& call, const at::Tensor& x) {
  try {
    return call.rerun(x);
  } catch (const c10::Error&) {
    call.fail("mixes or moves the batch dimension");
  }
}

/// Elements `index` of x in row-major order; where `constant` is not NaN that value instead.
Nodes taken(GraphBuilder& b, const LoweringCall& call, const at::Tensor& index,
            const at::Tensor& constant) {
  const std::vector<int64_t> before = b.shape(call.node(0));
  int64_t count = 1;
  for (const int64_t size : before) count *= size;
  int64_t y = b.take(b.reshape(call.node(0), {count}), 0, index.flatten());
  const at::Tensor is_constant = constant.flatten().isnan().logical_not();
  if (is_constant.any().item<bool>())
    y = b.scale_shift(y, is_constant.logical_not().to(at::kDouble),
                      constant.flatten().nan_to_num(0.0));
  return {b.reshape(y, call.item_shape())};
}

/// Whatever copies elements to other places, or puts constants there: which element goes where is
/// read off the operation itself, run on two items of numbers (two, to see that items stay apart)
/// and on NaN, which only constants do not carry.
Nodes rearrange(GraphBuilder& b, const LoweringCall& call) {
  const at::Tensor item = numbered(b, call);
  const double count = static_cast<double>(item.numel());
  const at::Tensor y = run(call, at::stack({item, item + count}));
  const at::Tensor blank =
      run(call, at::full_like(item, std::numeric_limits<double>::quiet_NaN()).unsqueeze(0));
  const std::vector<int64_t> after = call.item_shape();
  const at::Tensor is_element = blank.isnan();
  if (y.dim() != static_cast<int64_t>(after.size()) + 1 || y.size(0) != 2 ||
      !((y[1] - y[0] == count) | ~is_element[0]).all().item<bool>() ||
      !((y[0] < count) | ~is_element[0]).all().item<bool>())
    call.fail("mixes or moves the batch dimension");
  return taken(b, call, y[0].masked_fill(~is_element[0], 0).to(at::kLong), blank[0]);
}

Nodes gather(GraphBuilder& b, const LoweringCall& call) {
  call.axis(call.integer(1));  // refuses the batch dimension
  const at::Tensor y = run(call, numbered(b, call).unsqueeze(0));
  call.item_shape();  // refuses an index with a batch dimension of its own
  return taken(b, call, y.to(at::kLong),
               at::full_like(y, std::numeric_limits<double>::quiet_NaN()));
}

constexpr LoweringRow kRearrangementRows[] = {
    {"aten::gather", gather},
    {"aten::index", rearrange},
    {"aten::flip", rearrange},
    {"aten::roll", rearrange},
    {"aten::repeat", rearrange},
    {"aten::tile", rearrange},
    {"aten::movedim", rearrange},
    {"aten::unfold", rearrange},
    {"aten::swapaxes", rearrange},
    {"aten::pixel_shuffle", rearrange},
    {"aten::pad", rearrange},
    {"aten::constant_pad_nd", rearrange},
    {"aten::channel_shuffle", rearrange},
};

}  // namespace

std::span<const LoweringRow> rearrangement_lowerings() { return kRearrangementRows; }

}  // namespace limbeck::verify
