#include "verify/certify/radius_search.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>

#include "verify/bound/soundness_error.h"
#include "verify/pass/form_memory.h"
#include "verify/pass/memory_limit.h"
#include "verify/region/lp_ball.h"
#include "verify/rigor/rounding.h"

namespace limbeck::verify {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSmallest = 1e-9, kLargest = 1e9;  // where the search for an end gives up
constexpr double kLast = kLargest * (1 + 1e-9);     // tried last, whatever came before

/// The least margin that was proved at a radius.
struct Sample {
  double radius, margin;
};

/// A bracket with the samples it stands on, by radius; the first is the margin of the centre.
struct Bracket {
  Radius radius{0, kInfinity};
  std::vector<Sample> samples = {};
  bool is_settled = false;

  void add(const Sample& sample) {
    (sample.margin > 0 ? radius.certified : radius.refused) = sample.radius;
    samples.insert(std::ranges::upper_bound(samples, sample.radius, {}, &Sample::radius), sample);
  }
};

/// On a grid of an eighth of the tolerance, so that the rounding of margins, which depends on what
/// is computed together, does not show.
double on_grid(double radius, double tolerance) {
  const double step = std::exp2(std::floor(std::log2(radius))) * tolerance / 8;
  return std::round(radius / step) * step;
}

/// Root between `low` (margin > 0) and `high` (<= 0) of the parabola through them and a third
/// sample outside: margins bend one way, the gap of the bounds growing with the radius until it
/// saturates.
double root_of_parabola(const Sample& low, const Sample& high, const Sample& third) {
  // margin(low + t) = margin(low) + secant t + bend t (t - width)
  const double width = high.radius - low.radius, t = third.radius - low.radius;
  const double secant = (high.margin - low.margin) / width;
  const double bend = (third.margin - low.margin - secant * t) / (t * (t - width));
  const double slope = secant - bend * width;
  return low.radius + 2 * low.margin / (std::sqrt(slope * slope - 4 * bend * low.margin) - slope);
}

/// Where the margin is expected to be zero between both ends; NaN: unknown.
double expected_root(const std::vector<Sample>& samples) {
  const auto refused =
      std::ranges::find_if(samples, [](const Sample& s) { return !(s.margin > 0); });
  const Sample &low = *(refused - 1), &high = *refused;
  const bool has_below = refused - samples.begin() >= 2;
  const bool has_above = samples.end() - refused >= 2 && std::isfinite((refused + 1)->margin);
  if (has_above &&
      (!has_below || (refused + 1)->radius - high.radius < low.radius - (refused - 2)->radius))
    return root_of_parabola(low, high, *(refused + 1));
  if (has_below) return root_of_parabola(low, high, *(refused - 2));
  return low.radius + (high.radius - low.radius) * low.margin / (low.margin - high.margin);
}

/// Beyond what was proved: the root of the line through the last two samples, from 1.2 to 4 times
/// the last, at most kLast.
double beyond(const std::vector<Sample>& samples, double tolerance) {
  const Sample &last = samples.back(), &before = samples[samples.size() - 2];
  const double fall = (before.margin - last.margin) / (last.radius - before.radius);
  const double most = std::min(4 * last.radius, kLast), least = std::min(1.2 * last.radius, most);
  if (!(fall > 0)) return most;
  const double root = last.radius + last.margin / fall;
  return root < most ? std::clamp(on_grid(root * (1 + tolerance / 2), tolerance), least, most)
                     : most;
}

double next_radius(const Bracket& bracket, int64_t step, const RadiusSearchOptions& options) {
  const auto& [certified, refused] = std::pair(bracket.radius.certified, bracket.radius.refused);
  if (refused == kInfinity)
    return certified == 0 ? options.first : beyond(bracket.samples, options.tolerance);
  const double middle = certified == 0 ? refused / 2 : (certified + refused) / 2;
  constexpr int64_t kMany = 10;  // steps from which every second one halves the bracket
  if (step > kMany && step % 2 == 0) return middle;
  if (!(bracket.samples.front().margin > 0)) return middle;
  const double root = expected_root(bracket.samples);
  if (!(root > refused / 16) || !(root > certified)) return middle;
  // A little below the root until that end is near, then a little above.
  const double near = 0.35 * options.tolerance, far = 0.6 * options.tolerance;
  const double tried = root > certified * (1 + far) ? root * (1 - near) : root * (1 + near);
  const double rounded = on_grid(tried, options.tolerance);
  return rounded > certified && rounded < refused ? rounded : middle;
}

bool is_done(const Radius& radius, double tolerance) {
  if (radius.certified == 0) return radius.refused < kSmallest;
  if (radius.refused == kInfinity) return radius.certified > kLargest;
  return radius.refused / radius.certified - 1 <= tolerance;
}

FormMemory form_memory(const Graph& graph, const GrowingRegion& region, const BoundMethod& method,
                       const RadiusSearchOptions& options) {
  const std::unique_ptr<Region> one =
      region(at::zeros({1}, at::kLong), at::full({1}, options.first, graph.dtype()));
  return FormMemory(graph, method, one->coordinate_count());
}

/// One search: brackets, and the bounds that narrow them.
class Search {
 public:
  Search(Graph graph, const GrowingRegion& region, int64_t count, at::Tensor specification,
         const BoundMethod& method, const RadiusSearchOptions& options, Clock::time_point start)
      : graph_(std::move(graph)),
        region_(region),
        specification_(std::move(specification)),
        options_(options),
        method_(method),
        start_(start),
        most_(items_per_block(graph_, method, options.bound.memory_bytes)),
        brackets_(static_cast<size_t>(count)) {}

  /// `found`: radii of another arithmetic, which need only be proved by this one; may be empty.
  std::vector<Radius> run(std::span<const Radius> found) {
    fit_forms();
    add_centers();
    if (!found.empty()) confirm(found);
    for (int64_t step = 0; step < options_.max_steps; ++step) {
      const std::vector<int64_t> open = open_items();
      if (open.empty()) break;
      if (is_late()) {
        for (const int64_t item : open) radius(item).is_late = true;
        break;
      }
      for (size_t first = 0; first < open.size(); first += static_cast<size_t>(most_))
        narrow(std::span(open).subspan(first,
                                       std::min(static_cast<size_t>(most_), open.size() - first)),
               step);
    }
    std::vector<Radius> radii;
    for (Bracket& bracket : brackets_) radii.push_back(std::move(bracket.radius));
    return radii;
  }

 private:
  Bracket& bracket(int64_t item) { return brackets_[static_cast<size_t>(item)]; }
  Radius& radius(int64_t item) { return bracket(item).radius; }

  /// Balls that are bounded together, as their forms allow.
  void fit_forms() {
    if (!has_forms(method_) || brackets_.empty()) return;
    most_ = std::min(
        most_, form_memory(graph_, region_, method_, options_).items(options_.bound.memory_bytes));
  }

  bool is_late() const {
    const std::chrono::duration<double> passed = Clock::now() - start_;
    return options_.time_limit_s > 0 && passed.count() > options_.time_limit_s;
  }

  /// Margins at radius 0: they only guide the search.
  void add_centers() {
    const auto count = static_cast<int64_t>(brackets_.size());
    if (count == 0) return;
    const Interval box = region_(at::arange(count, at::kLong),
                                 at::full({count}, options_.first, specification_.options()))
                             ->box();
    const at::Tensor logits = evaluate(graph_, center(box)).flatten(1);
    const at::Tensor margin = (specification_.flatten(2) * logits).sum(-1).amin({0});
    const at::Tensor values = margin.to(at::kDouble).contiguous();
    for (int64_t b = 0; b < count; ++b)
      bracket(b).samples.push_back({0, values.const_data_ptr<double>()[b]});
  }

  std::vector<int64_t> open_items() {
    std::vector<int64_t> open;
    for (int64_t b = 0; b < static_cast<int64_t>(brackets_.size()); ++b)
      if (!bracket(b).is_settled && !is_done(radius(b), options_.tolerance)) open.push_back(b);
    return open;
  }

  void narrow(std::span<const int64_t> items, int64_t step) {
    std::vector<double> tried;
    for (const int64_t item : items) tried.push_back(next_radius(bracket(item), step, options_));
    try_radii(items, tried);
  }

  /// Where another arithmetic found nothing, nothing is tried; where its radius is not proved here,
  /// the search goes on below. Whatever the time: what was found is worth its one bound.
  void confirm(std::span<const Radius> found) {
    std::vector<int64_t> items;
    std::vector<double> tried;
    for (size_t b = 0; b < found.size(); ++b) {
      bracket(static_cast<int64_t>(b)).is_settled = true;
      if (found[b].certified > 0)
        items.push_back(static_cast<int64_t>(b)), tried.push_back(found[b].certified);
      else
        brackets_[b].radius = found[b];
    }
    for (size_t first = 0; first < items.size(); first += static_cast<size_t>(most_)) {
      const size_t count = std::min(static_cast<size_t>(most_), items.size() - first);
      try_radii(std::span(items).subspan(first, count), std::span(tried).subspan(first, count));
    }
    for (const int64_t item : items) {
      const Radius& other = found[static_cast<size_t>(item)];
      if (radius(item).certified == other.certified)
        radius(item) = other;
      else
        bracket(item).is_settled = false;
    }
  }

  void try_radii(std::span<const int64_t> items, std::span<const double> tried) {
    const at::Tensor index = at::tensor(at::ArrayRef<int64_t>(items.data(), items.size()));
    const at::Tensor rows =
        specification_.size(1) == 1 ? specification_ : specification_.index_select(1, index);
    const std::unique_ptr<Region> region = region_(
        index,
        at::tensor(at::ArrayRef<double>(tried.data(), tried.size()), specification_.options()));
    const BoundResult result = bound(graph_, *region, rows, method_, options_.bound);
    const at::Tensor lower = result.lower.amin({0}).to(at::kDouble).contiguous();
    for (size_t k = 0; k < items.size(); ++k) {
      const double margin = lower.data_ptr<double>()[k];
      bracket(items[k]).add({tried[k], margin});
      std::string& reason = radius(items[k]).reason;
      if (margin == -kInfinity)
        reason = first_unbounded(graph_, result.intervals, static_cast<int64_t>(k));
      else if (!(margin > 0))
        reason.clear();
    }
  }

  Graph graph_;
  const GrowingRegion& region_;
  at::Tensor specification_;
  const RadiusSearchOptions& options_;
  const BoundMethod& method_;
  Clock::time_point start_;
  int64_t most_;
  std::vector<Bracket> brackets_;
};

}  // namespace

GrowingRegion growing_lp_balls(const at::Tensor& center, const at::Tensor& chosen, double norm) {
  return [=](const at::Tensor& index, const at::Tensor& radius) -> std::unique_ptr<Region> {
    return std::make_unique<LpBall>(center.index_select(0, index).to(radius.scalar_type()),
                                    chosen.index_select(0, index), radius, norm);
  };
}

const BoundMethod& radius_method(const Graph& graph, const GrowingRegion& region,
                                 const RadiusSearchOptions& options) {
  if (options.method != "auto") return find_bound_method(options.method);
  const BoundMethod& tight = find_bound_method("zonotope+backward");
  // What needs more is slow: a bound of 32 words takes 13 s with 3 layers of width 128.
  const int64_t share = options.bound.memory_bytes / 5 * 2;
  if (form_memory(graph, region, tight, options).fits(share)) return tight;
  return find_bound_method("forward+backward");
}

std::vector<Radius> search_radii(const Graph& graph, const GrowingRegion& region, int64_t count,
                                 const at::Tensor& specification,
                                 const RadiusSearchOptions& options) {
  const Clock::time_point start = Clock::now();
  const BoundMethod& method = radius_method(graph, region, options);
  // Said of float64 alone: half of it would do for float32.
  require_row(graph, method, options.bound.memory_bytes);
  if (has_forms(method) && count > 0)
    form_memory(graph, region, method, options).require(1, options.bound.memory_bytes);
  std::vector<Radius> found;
  if (graph.dtype() == at::kDouble && options.max_steps > 1) {
    RadiusSearchOptions usual = options;
    usual.bound.arithmetic = Arithmetic::kNearest;
    try {
      found = Search(graph.to(at::kFloat), region, count, specification.to(at::kFloat), method,
                     usual, start)
                  .run({});
    } catch (const SoundnessError&) {
      // Bounds that cross by the rounding of float32 prove nothing and refute nothing.
    }
  }
  return Search(graph, region, count, specification, method, options, start).run(found);
}

std::vector<Radius> search_radii(const Graph& graph, const at::Tensor& center,
                                 const at::Tensor& chosen, const at::Tensor& specification,
                                 const RadiusSearchOptions& options) {
  return search_radii(graph, growing_lp_balls(center, chosen, options.norm), center.size(0),
                      specification, options);
}

}  // namespace limbeck::verify
