#include "verify/pass/forms.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "verify/pass/form_memory.h"
#include "verify/pass/memory_limit.h"
#include "verify/pass/readers.h"
#include "verify/relax/propagate.h"
#include "verify/relax/rigorous.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

/// Most errors of any item, (B, ...).
int64_t most_errors(const at::Tensor& errors) {
  return (errors != 0).flatten(1).sum(1).max().item<int64_t>();
}

/// Errors e_k != 0 of each item as one symbol each, into `symbols` (most_errors, B, ...).
void set_symbols(const at::Tensor& errors, const at::Tensor& symbols) {
  const at::Tensor e = errors.flatten(1);  // (B, N)
  const auto [value, index] = e.abs().topk(symbols.size(0), 1, /*largest=*/true, /*sorted=*/false);
  symbols.zero_();
  symbols.flatten(2).scatter_(2, index.t().unsqueeze(-1), value.t().unsqueeze(-1));
}

/// (rows, *sizes of one row).
at::Tensor rows_like(int64_t rows, const at::Tensor& row) {
  std::vector<int64_t> sizes = {rows};
  sizes.insert(sizes.end(), row.sizes().begin(), row.sizes().end());
  return at::empty(sizes, row.options());
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

int64_t Forms::rows(const std::vector<int64_t>& owners) const {
  int64_t rows = coordinates_;
  for (const int64_t node : owners) rows += symbols_[static_cast<size_t>(node)];
  return rows;
}

/// Of those that the form of a node would have with the symbols of `all`, 0 for what is not its
/// own.
at::Tensor Forms::padded(int64_t i, const std::vector<int64_t>& all, int64_t first,
                         int64_t count) const {
  const at::Tensor& mine = forms_[static_cast<size_t>(i)].middle;
  const std::vector<int64_t>& own = owners_[static_cast<size_t>(i)];
  if (own == all) return mine.narrow(0, first, count);
  std::vector<at::Tensor> parts;
  int64_t in_all = 0, in_own = 0;
  const auto add = [&](int64_t size, bool is_own) {
    const int64_t begin = std::max(first, in_all), end = std::min(first + count, in_all + size);
    if (begin < end)
      parts.push_back(is_own ? mine.narrow(0, in_own + begin - in_all, end - begin)
                             : rows_like(end - begin, mine[0]).zero_());
    in_all += size;
    if (is_own) in_own += size;
  };
  add(coordinates_, true);
  for (const int64_t node : all)
    add(symbols_[static_cast<size_t>(node)], std::ranges::binary_search(own, node));
  return parts.size() == 1 ? parts[0] : at::cat(parts);
}

void Forms::make(int64_t i) {
  const Node& node = graph_.node(i);
  owners_[static_cast<size_t>(i)] = merged_owners(node, owners_);
  if (most_symbols_ && (node.inputs.size() > 1 || !find_operation(node.op).is_affine()))
    return make_in_pieces(i);
  std::vector<LinearBounds> inputs;
  for (const int64_t input : node.inputs) inputs.push_back(form(input));
  form(i) = node_forward(node, relaxations_.at(i), inputs);
}

/// So that inputs padded to each other's symbols, and what the operation makes on its way, are
/// small; into a tensor with room for the symbols of the node.
void Forms::make_in_pieces(int64_t i) {
  const Node& node = graph_.node(i);
  const Relaxation& relaxation = relaxations_.at(i);
  const std::vector<int64_t>& all = owners_[static_cast<size_t>(i)];
  const int64_t total = rows(all);
  int64_t widest = elements_of(node);
  std::vector<LinearBounds> inputs;
  for (const int64_t input : node.inputs) {
    inputs.push_back(form(input));
    widest = std::max(widest, elements_of(graph_.node(input)));
  }
  const int64_t piece = rows_of_piece(widest * inputs[0].middle_bias.size(0));
  LinearBounds& mine = form(i);
  at::Tensor middle;
  for (int64_t first = 0; first < total; first += piece) {
    const int64_t count = std::min(piece, total - first);
    for (size_t k = 0; k < inputs.size(); ++k)
      inputs[k].middle = padded(node.inputs[k], all, first, count);
    const LinearBounds part = node_forward(node, relaxation, inputs);
    if (first == 0) {
      mine = part;
      int64_t room = 0;
      if (!part.is_exact())
        room = part.half.defined() ? elements_of(node) : most_errors(part.half_bias);
      middle = rows_like(total + room, part.middle[0]);
      if (part.half.defined()) mine.half = rows_like(total, part.middle[0]);
    }
    middle.narrow(0, first, count).copy_(part.middle);
    if (part.half.defined()) mine.half.narrow(0, first, count).copy_(part.half);
  }
  mine.middle = middle.narrow(0, 0, total);
  if (!mine.is_exact()) add_symbols(i, middle);
}

/// half(z) <= its largest value: from here on an error of the element alone. `middle` has room.
void Forms::add_symbols(int64_t i, const at::Tensor& middle) {
  LinearBounds& mine = form(i);
  const int64_t before = mine.middle.size(0);
  at::Tensor error = mine.half_bias;
  if (mine.half.defined()) {
    if (is_rigorous()) range_.set_size(mine);
    const at::Tensor none = is_rigorous() ? at::zeros_like(error) : at::Tensor();
    error = range_.of({mine.half, mine.half_bias, {}, {}, none, mine.size}).upper.clamp_min(0);
  }
  mine.half.reset();
  mine.half_bias.reset();
  const int64_t own = most_errors(error);
  set_symbols(error, middle.narrow(0, before, own));
  mine.middle = middle.narrow(0, 0, before + own);
  symbols_[static_cast<size_t>(i)] = own;
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
  const int64_t own = most_errors(rest);
  const at::Tensor kept = rows_like(coordinates_ + most + own, rest);
  kept.narrow(0, 0, coordinates_).copy_(form(i).middle.narrow(0, 0, coordinates_));
  for (int64_t first = 0; first < most; first += kPiece) {
    const int64_t count = std::min(kPiece, most - first);
    kept.narrow(0, coordinates_ + first, count).copy_(picked(first, count));
  }
  set_symbols(rest, kept.narrow(0, coordinates_ + most, own));
  form(i).middle = kept;
  owners_[static_cast<size_t>(i)] = {i};
  symbols_[static_cast<size_t>(i)] = most + own;
}

void Forms::add_node(int64_t i) {
  make(i);
  for (const int64_t input : graph_.node(i).inputs)
    if (last_reader_[static_cast<size_t>(input)] == i) form(input) = {};
  if (most_symbols_ && separates_[static_cast<size_t>(i)]) reduce(i);
  if (is_rigorous()) range_.set_size(form(i));
}

}  // namespace limbeck::verify
