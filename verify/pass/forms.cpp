#include "verify/pass/forms.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "verify/pass/readers.h"
#include "verify/relax/propagate.h"
#include "verify/relax/rigorous.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

/// Rows e_k > 0 of each item as one coordinate each: (K, B, *shape), K the most of any item.
at::Tensor symbols_of(const at::Tensor& errors) {
  const at::Tensor e = errors.flatten(1);  // (B, N)
  const int64_t most = (e != 0).sum(1).max().item<int64_t>();
  const auto [value, index] = e.abs().topk(most, 1, /*largest=*/true, /*sorted=*/false);
  std::vector<int64_t> sizes = {most};
  sizes.insert(sizes.end(), errors.sizes().begin(), errors.sizes().end());
  return at::zeros({most, e.size(0), e.size(1)}, e.options())
      .scatter(2, index.t().unsqueeze(-1), value.t().unsqueeze(-1))
      .view(sizes);
}

at::Tensor padded(const at::Tensor& coefficients, int64_t count) {
  const int64_t missing = count - coefficients.size(0);
  if (missing == 0) return coefficients;
  std::vector<int64_t> sizes = coefficients.sizes().vec();
  sizes[0] = missing;
  return at::cat({coefficients, at::zeros(sizes, coefficients.options())});
}

/// Directions of synonyms are rounded differences.
LinearBounds first_form(const Region& region, Arithmetic arithmetic) {
  LinearBounds form = region.coordinates();
  if (is_rigorous(arithmetic)) form.slack = magnitude(region.box()) * (4 * kUnit);
  return form;
}

}  // namespace

Forms::Forms(const Graph& graph, const Region& region, Relaxations& relaxations,
             std::optional<int64_t> most_symbols)
    : Forms(graph, region, relaxations, most_symbols,
            first_form(region, relaxations.arithmetic())) {}

Forms::Forms(const Graph& graph, const Region& region, Relaxations& relaxations,
             std::optional<int64_t> most_symbols, const LinearBounds& first)
    : graph_(graph),
      relaxations_(relaxations),
      most_symbols_(most_symbols),
      forms_(static_cast<size_t>(graph.size())),
      coordinates_(first.middle.size(0)),
      range_(region, coordinates_, relaxations.arithmetic()),
      last_reader_(last_readers(graph)),
      separates_(separating_nodes(graph)) {
  form(0) = first;
  if (is_rigorous()) range_.set_size(form(0));
}

LinearBounds Forms::made(int64_t i) {
  const Node& node = graph_.node(i);
  std::vector<LinearBounds> inputs;
  int64_t count = 0;
  for (const int64_t input : node.inputs) {
    inputs.push_back(form(input));
    count = std::max(count, inputs.back().middle.size(0));
  }
  for (LinearBounds& input : inputs) input.middle = padded(input.middle, count);
  return node_forward(node, relaxations_.at(i), inputs);
}

/// half(z) <= its largest value: from here on an error of the element alone.
void Forms::add_symbols(LinearBounds& form) {
  if (form.is_exact()) return;
  at::Tensor error = form.half_bias;
  if (form.half.defined()) {
    const at::Tensor none = is_rigorous() ? at::zeros_like(error) : at::Tensor();
    error = range_.of({form.half, form.half_bias, {}, {}, none, form.size}).upper.clamp_min(0);
  }
  form.half.reset();
  form.half_bias.reset();
  const at::Tensor own = symbols_of(error);
  form.middle = at::cat({padded(form.middle, coordinates_ + symbols_), own});
  symbols_ += own.size(0);
}

/// In pieces, so that no second tensor of the size of the form is made. All later nodes read this
/// one, so that symbols are counted from here.
void Forms::reduce(LinearBounds& form) {
  constexpr int64_t kPiece = 256;
  const int64_t most = *most_symbols_;
  const int64_t symbols = form.middle.size(0) - coordinates_;
  if (symbols <= most) return;
  const at::Tensor all = form.middle.narrow(0, coordinates_, symbols);  // (S, B, *shape)
  std::vector<at::Tensor> weights;
  for (const at::Tensor& piece : all.split(kPiece))
    weights.push_back(piece.flatten(2).abs().sum(-1));  // (S, B)
  const at::Tensor order = at::cat(weights).argsort(0, /*descending=*/true);
  const auto picked = [&](int64_t first, int64_t count) {
    const at::Tensor index = order.narrow(0, first, count);
    std::vector<int64_t> sizes(static_cast<size_t>(all.dim()), 1);
    sizes[0] = count, sizes[1] = all.size(1);
    std::vector<int64_t> wide = all.sizes().vec();
    wide[0] = count;
    return all.gather(0, index.view(sizes).expand(wide));
  };
  at::Tensor rest = at::zeros_like(all[0]);
  for (int64_t first = most; first < symbols; first += kPiece)
    rest = rest + picked(first, std::min(kPiece, symbols - first)).abs().sum(0);
  if (is_rigorous()) rest = rest * (1 + 4 * gamma(static_cast<double>(symbols))) + kUnderflow;
  form.middle =
      at::cat({form.middle.narrow(0, 0, coordinates_), picked(0, most), symbols_of(rest)});
  symbols_ = form.middle.size(0) - coordinates_;
}

void Forms::add_node(int64_t i) {
  LinearBounds& mine = form(i);
  mine = made(i);
  if (is_rigorous()) range_.set_size(mine);
  for (const int64_t input : graph_.node(i).inputs)
    if (last_reader_[static_cast<size_t>(input)] == i) form(input) = {};
  if (!most_symbols_) return;
  add_symbols(mine);
  if (separates_[static_cast<size_t>(i)]) reduce(mine);
  if (is_rigorous()) range_.set_size(mine);
}

}  // namespace limbeck::verify
