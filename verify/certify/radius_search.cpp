#include "verify/certify/radius_search.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>

#include "verify/region/lp_ball.h"

namespace limbeck::verify {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kSmallest = 1e-9, kLargest = 1e9;  // where the search for an end gives up

double next_radius(const Radius& radius, double first) {
  if (radius.certified == 0 && radius.refused == kInfinity) return first;
  if (radius.certified == 0) return radius.refused / 2;
  if (radius.refused == kInfinity) return radius.certified * 2;
  return (radius.certified + radius.refused) / 2;
}

bool is_done(const Radius& radius, double tolerance) {
  if (radius.certified == 0) return radius.refused < kSmallest;
  if (radius.refused == kInfinity) return radius.certified > kLargest;
  return radius.refused / radius.certified - 1 <= tolerance;
}

}  // namespace

std::vector<Radius> search_radii(const Graph& graph, const at::Tensor& center,
                                 const at::Tensor& chosen, const at::Tensor& specification,
                                 const RadiusSearchOptions& options) {
  const BoundMethod& method = find_bound_method(options.method);
  std::vector<Radius> radii(static_cast<size_t>(center.size(0)), Radius{0, kInfinity});
  for (int64_t step = 0; step < options.max_steps; ++step) {
    std::vector<int64_t> open;
    std::vector<double> tried;
    for (size_t b = 0; b < radii.size(); ++b) {
      if (is_done(radii[b], options.tolerance)) continue;
      open.push_back(static_cast<int64_t>(b));
      tried.push_back(next_radius(radii[b], options.first));
    }
    if (open.empty()) break;
    const at::Tensor index = at::tensor(open, at::kLong);
    const at::Tensor rows =
        specification.size(1) == 1 ? specification : specification.index_select(1, index);
    const LpBall ball(center.index_select(0, index), chosen.index_select(0, index),
                      at::tensor(tried, center.options()), options.norm);
    const at::Tensor lower = bound(graph, ball, rows, method, options.bound).lower.amin({0});
    for (size_t k = 0; k < open.size(); ++k) {
      Radius& radius = radii[static_cast<size_t>(open[k])];
      (lower[static_cast<int64_t>(k)].item<double>() > 0 ? radius.certified : radius.refused) =
          tried[k];
    }
  }
  return radii;
}

}  // namespace limbeck::verify
