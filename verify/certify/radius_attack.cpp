#include "verify/certify/radius_attack.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nlp/core/interrupt.h"
#include "verify/bound/soundness_error.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

/// A margin that a sound bound and an evaluation may differ by, as a share of the logits: rounding
/// of a few thousand sums of one sign each.
double rounding_of(at::ScalarType dtype) { return dtype == at::kFloat ? 1e-4 : 1e-9; }

/// The rays of all items: least rows at radii, and where they cross zero.
class Rays {
 public:
  Rays(const Graph& graph, const at::Tensor& specification, at::Tensor center,
       const RadiusAttackOptions& options)
      : graph_(graph), rows_(specification), center_(std::move(center)), options_(options) {}

  /// The least row of each item at these inputs (B, *shape).
  at::Tensor margins(const at::Tensor& x) const {
    if (options_.stops_on_signal) stop_if_interrupted();
    const at::Tensor y = evaluate(graph_, x).unsqueeze(0);
    return (rows_ * y).flatten(2).sum(-1).amin({0});
  }

  at::Tensor gradient(const at::Tensor& x) const {
    const at::AutoGradMode with_gradients(true);
    const at::Tensor input = x.detach().clone().requires_grad_();
    return torch::autograd::grad({margins(input).sum()}, {input})[0];
  }

  at::Tensor at(const at::Tensor& direction, const at::Tensor& radius) const {
    return center_ + direction * radius.view(per_item());
  }

  /// The shape of one number an item that broadcasts against inputs.
  std::vector<int64_t> per_item() const {
    std::vector<int64_t> sizes(static_cast<size_t>(center_.dim()), 1);
    sizes[0] = -1;
    return sizes;
  }

  /// Smallest radii found, from `first` on, at which the least row is not positive; infinity: none.
  at::Tensor crossings(const at::Tensor& direction, const at::Tensor& first) const {
    at::Tensor below = first, above = at::full_like(first, kInfinity);
    for (double factor = 2; factor <= options_.reach; factor *= 2) {
      const at::Tensor radius = first * factor;
      const at::Tensor is_crossed = margins(at(direction, radius)) <= 0;
      above = at::where(is_crossed & above.isinf(), radius, above);
      below = at::where(above.isinf(), radius, below);
      if (above.isfinite().all().item<bool>()) break;
    }
    const at::Tensor is_found = above.isfinite();
    while ((is_found & (above > below * (1 + options_.tolerance))).any().item<bool>()) {
      const at::Tensor middle = at::where(is_found, (below + above) * 0.5, below);
      const at::Tensor is_crossed = margins(at(direction, middle)) <= 0;
      above = at::where(is_found & is_crossed, middle, above);
      below = at::where(is_found & ~is_crossed, middle, below);
    }
    return above;
  }

 private:
  const Graph& graph_;
  const at::Tensor& rows_;
  at::Tensor center_;
  const RadiusAttackOptions& options_;
};

void require_sound(const Graph& graph, const Rays& rays, const at::Tensor& direction,
                   const at::Tensor& certified) {
  const at::Tensor x = rays.at(direction, certified);
  const at::Tensor size = evaluate(graph, x).abs().flatten(1).amax({1}).clamp_min(1);
  const at::Tensor margin = rays.margins(x) / size;
  const auto [least, item] = margin.masked_fill(certified == 0, 1).min(0);
  if (least.item<double>() < -rounding_of(graph.dtype()))
    throw SoundnessError("certified radius " +
                         std::to_string(certified[item.item<int64_t>()].item<double>()) +
                         " of item " + std::to_string(item.item<int64_t>()) +
                         ": an input inside has another answer");
}

}  // namespace

void attack_radii(const Graph& graph, const GrowingRegion& region, const at::Tensor& specification,
                  std::vector<Radius>& radii, const RadiusAttackOptions& options) {
  if (radii.empty()) return;
  const int64_t count = static_cast<int64_t>(radii.size());
  const at::Tensor index = at::arange(count, at::kLong);
  at::Tensor certified = at::zeros({count}, specification.options());
  for (int64_t b = 0; b < count; ++b) certified[b] = radii[static_cast<size_t>(b)].certified;
  const std::unique_ptr<Region> unit = region(index, at::ones_like(certified));
  const at::Tensor middle = center(unit->box());
  const Rays rays(graph, specification, middle, options);
  const at::Tensor first = certified.masked_fill(certified == 0, options.first);
  at::Tensor best = at::full_like(first, kInfinity), best_x = middle, x = middle;
  for (int64_t step = 0; step < options.directions; ++step) {
    const at::Tensor slope = rays.gradient(x);
    const at::Tensor direction = unit->minimizer(slope.unsqueeze(0))[0] - middle;
    require_sound(graph, rays, direction, certified);
    const at::Tensor found = rays.crossings(direction, first);
    x = rays.at(direction, at::where(found.isfinite(), found, first));
    best_x = at::where((found < best).view(rays.per_item()), x, best_x);
    best = at::minimum(best, found);
  }
  for (int64_t b = 0; b < count; ++b) {
    Radius& radius = radii[static_cast<size_t>(b)];
    radius.flipped = best[b].item<double>();
    if (std::isfinite(radius.flipped)) radius.flipping = best_x.narrow(0, b, 1).clone();
  }
}

}  // namespace limbeck::verify
