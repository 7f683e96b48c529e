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
      owners_(forms_.size()),
      symbols_(forms_.size(), 0),
      range_(region, coordinates_, relaxations.arithmetic()),
      last_reader_(last_readers(graph)),
      separates_(separating_nodes(graph)) {
  form(0) = first;
  if (is_rigorous()) range_.set_size(form(0));
}

/// The coefficients of symbols of `own` among those of `all`, 0 for the others.
at::Tensor Forms::spread(const at::Tensor& coefficients, const std::vector<int64_t>& own,
                         const std::vector<int64_t>& all) const {
  if (own == all) return coefficients;
  std::vector<at::Tensor> parts = {coefficients.narrow(0, 0, coordinates_)};
  int64_t first = coordinates_;
  for (const int64_t node : all) {
    const int64_t count = symbols_[static_cast<size_t>(node)];
    if (std::ranges::binary_search(own, node)) {
      parts.push_back(coefficients.narrow(0, first, count));
      first += count;
    } else {
      std::vector<int64_t> sizes = coefficients.sizes().vec();
      sizes[0] = count;
      parts.push_back(at::zeros(sizes, coefficients.options()));
    }
  }
  return at::cat(parts);
}

LinearBounds Forms::made(int64_t i) {
  const Node& node = graph_.node(i);
  std::vector<int64_t>& all = owners_[static_cast<size_t>(i)];
  for (const int64_t input : node.inputs) {
    std::vector<int64_t> merged;
    std::ranges::set_union(all, owners_[static_cast<size_t>(input)], std::back_inserter(merged));
    all = std::move(merged);
  }
  std::vector<LinearBounds> inputs;
  for (const int64_t input : node.inputs) {
    inputs.push_back(form(input));
    inputs.back().middle = spread(inputs.back().middle, owners_[static_cast<size_t>(input)], all);
  }
  return node_forward(node, relaxations_.at(i), inputs);
}

/// half(z) <= its largest value: from here on an error of the element alone.
void Forms::add_symbols(int64_t i) {
  LinearBounds& mine = form(i);
  if (mine.is_exact()) return;
  at::Tensor error = mine.half_bias;
  if (mine.half.defined()) {
    const at::Tensor none = is_rigorous() ? at::zeros_like(error) : at::Tensor();
    error = range_.of({mine.half, mine.half_bias, {}, {}, none, mine.size}).upper.clamp_min(0);
  }
  mine.half.reset();
  mine.half_bias.reset();
  const at::Tensor own = symbols_of(error);
  mine.middle = at::cat({mine.middle, own});
  symbols_[static_cast<size_t>(i)] = own.size(0);
  owners_[static_cast<size_t>(i)].push_back(i);
}

/// In pieces, so that no second tensor of the size of the form is made. All later nodes read this
/// one, so that what is kept may be its own.
void Forms::reduce(int64_t i) {
  constexpr int64_t kPiece = 256;
  const int64_t most = *most_symbols_;
  const int64_t symbols = form(i).middle.size(0) - coordinates_;
  if (symbols <= most) return;
  const at::Tensor all = form(i).middle.narrow(0, coordinates_, symbols);  // (S, B, *shape)
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
  form(i).middle =
      at::cat({form(i).middle.narrow(0, 0, coordinates_), picked(0, most), symbols_of(rest)});
  owners_[static_cast<size_t>(i)] = {i};
  symbols_[static_cast<size_t>(i)] = form(i).middle.size(0) - coordinates_;
}

void Forms::add_node(int64_t i) {
  LinearBounds& mine = form(i);
  mine = made(i);
  if (is_rigorous()) range_.set_size(mine);
  for (const int64_t input : graph_.node(i).inputs)
    if (last_reader_[static_cast<size_t>(input)] == i) form(input) = {};
  if (!most_symbols_) return;
  add_symbols(i);
  if (separates_[static_cast<size_t>(i)]) reduce(i);
  if (is_rigorous()) range_.set_size(mine);
}

}  // namespace limbeck::verify
