#include "verify/certify/radius_search.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <span>

#include "verify/pass/backward.h"
#include "verify/region/lp_ball.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

using Clock = std::chrono::steady_clock;

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

/// One search: brackets, and the bounds that narrow them.
class Search {
 public:
  Search(const Graph& graph, const GrowingRegion& region, int64_t count,
         const at::Tensor& specification, const RadiusSearchOptions& options)
      : graph_(graph),
        region_(region),
        specification_(specification),
        options_(options),
        method_(find_bound_method(options.method)),
        most_(items_per_block(graph, options.bound.memory_bytes)),
        radii_(static_cast<size_t>(count), Radius{0, kInfinity}) {}

  std::vector<Radius> run() {
    const Clock::time_point start = Clock::now();
    for (int64_t step = 0; step < options_.max_steps; ++step) {
      const std::vector<int64_t> open = open_items();
      if (open.empty()) break;
      const std::chrono::duration<double> passed = Clock::now() - start;
      if (options_.time_limit_s > 0 && passed.count() > options_.time_limit_s) {
        for (const int64_t item : open) radii_[static_cast<size_t>(item)].is_late = true;
        break;
      }
      for (size_t first = 0; first < open.size(); first += static_cast<size_t>(most_))
        narrow(std::span(open).subspan(first,
                                       std::min(static_cast<size_t>(most_), open.size() - first)));
    }
    return std::move(radii_);
  }

 private:
  std::vector<int64_t> open_items() const {
    std::vector<int64_t> open;
    for (size_t b = 0; b < radii_.size(); ++b)
      if (!is_done(radii_[b], options_.tolerance)) open.push_back(static_cast<int64_t>(b));
    return open;
  }

  void narrow(std::span<const int64_t> items) {
    std::vector<double> tried;
    for (const int64_t item : items)
      tried.push_back(next_radius(radii_[static_cast<size_t>(item)], options_.first));
    const at::Tensor index = at::tensor(at::ArrayRef<int64_t>(items.data(), items.size()));
    const at::Tensor rows =
        specification_.size(1) == 1 ? specification_ : specification_.index_select(1, index);
    const std::unique_ptr<Region> region =
        region_(index, at::tensor(tried, specification_.options()));
    const BoundResult result = bound(graph_, *region, rows, method_, options_.bound);
    const at::Tensor lower = result.lower.amin({0}).to(at::kDouble).contiguous();
    for (size_t k = 0; k < items.size(); ++k) {
      Radius& radius = radii_[static_cast<size_t>(items[k])];
      const double bound = lower.data_ptr<double>()[k];
      (bound > 0 ? radius.certified : radius.refused) = tried[k];
      if (bound == -kInfinity)
        radius.reason = first_unbounded(graph_, result.intervals, static_cast<int64_t>(k));
      else if (!(bound > 0))
        radius.reason.clear();
    }
  }

  const Graph& graph_;
  const GrowingRegion& region_;
  const at::Tensor& specification_;
  const RadiusSearchOptions& options_;
  const BoundMethod& method_;
  int64_t most_;
  std::vector<Radius> radii_;
};

}  // namespace

GrowingRegion growing_lp_balls(const at::Tensor& center, const at::Tensor& chosen, double norm) {
  return [=](const at::Tensor& index, const at::Tensor& radius) -> std::unique_ptr<Region> {
    return std::make_unique<LpBall>(center.index_select(0, index), chosen.index_select(0, index),
                                    radius, norm);
  };
}

std::vector<Radius> search_radii(const Graph& graph, const GrowingRegion& region, int64_t count,
                                 const at::Tensor& specification,
                                 const RadiusSearchOptions& options) {
  return Search(graph, region, count, specification, options).run();
}

std::vector<Radius> search_radii(const Graph& graph, const at::Tensor& center,
                                 const at::Tensor& chosen, const at::Tensor& specification,
                                 const RadiusSearchOptions& options) {
  return search_radii(graph, growing_lp_balls(center, chosen, options.norm), center.size(0),
                      specification, options);
}

}  // namespace limbeck::verify
