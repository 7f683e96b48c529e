#include "verify/rigor/gate.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <array>

#include "verify/relax/clamped.h"
#include "verify/relax/joint.h"
#include "verify/relax/propagate.h"
#include "verify/relax/rigorous.h"
#include "verify/relax/scalar.h"

/// sigmoid(x) t(y) with t = tanh or the identity, by planes over both variables.
///
/// A side takes, element by element, the plane that is best at the centre of the box (and so in the
/// mean over it) of: the lines of both factors put into McCormick's planes of s t, those of either
/// corner and their mean; a plane fitted to the function itself; the constant.
/// Source:  slope first, then the offset from the extremes of what is left: Ko et al. 2019
///          (POPQORN), Ryou et al. 2021 (PROVER). Differs: the slopes are of least squares over a
///          grid in closed form, and the extremes are bounded by curvature (verify/rigor/gate.h),
///          where POPQORN descends and PROVER samples.
namespace limbeck::verify {
namespace {

constexpr int64_t kCells = 8;

/// lower_x x + lower_y y + lower <= f <= upper_x x + upper_y y + upper.
enum PlanePart { kLowerX, kLowerY, kLower, kUpperX, kUpperY, kUpper };

struct Plane {
  at::Tensor x, y, constant;

  at::Tensor height(const at::Tensor& cx, const at::Tensor& cy) const {
    return x * cx + y * cy + constant;
  }
};

/// One for each side, both of the same kind.
struct PlanePair {
  Plane lower, upper;
};

struct Identity {
  static at::Tensor value(const at::Tensor& y) { return y; }
  static Lines lines(const Node&, const Interval& y) {
    const at::Tensor one = at::ones_like(y.lower), zero = at::zeros_like(y.lower);
    return {one, zero, one, zero};
  }
  static constexpr GateFactor kFactor = GateFactor::kIdentity;
  static constexpr int64_t kYCells = 1;  // linear in y
};

struct Tanh {
  static at::Tensor value(const at::Tensor& y) { return y.tanh(); }
  static Lines lines(const Node& node, const Interval& y) { return kTanh.lines(node, y); }
  static constexpr GateFactor kFactor = GateFactor::kTanh;
  static constexpr int64_t kYCells = kCells;
};

at::Tensor plus(const at::Tensor& x) { return x.clamp_min(0); }
at::Tensor minus(const at::Tensor& x) { return x.clamp_max(0); }

Interval product_range(const Interval& a, const Interval& b) {
  const std::array both = {a, b};
  return kProduct.interval({}, both);
}

/// alpha s + beta t + constant with the lines of s(x) >= 0 and t(y) put in for a bound from below
/// or, with lower and upper lines exchanged, from above.
Plane composed(const at::Tensor& alpha, const at::Tensor& beta, const at::Tensor& constant,
               const Lines& s, const Lines& t, bool is_lower) {
  const at::Tensor &s_near = is_lower ? s.lower_slope : s.upper_slope,
                   &s_far = is_lower ? s.upper_slope : s.lower_slope,
                   &s_near_offset = is_lower ? s.lower_offset : s.upper_offset,
                   &s_far_offset = is_lower ? s.upper_offset : s.lower_offset;
  const at::Tensor rises = plus(alpha), falls = minus(alpha);  // beta >= 0
  return {rises * s_near + falls * s_far, beta * (is_lower ? t.lower_slope : t.upper_slope),
          rises * s_near_offset + falls * s_far_offset +
              beta * (is_lower ? t.lower_offset : t.upper_offset) + constant};
}

/// McCormick's planes of s t with lines put in: of both corners, and their mean.
struct Composition {
  PlanePair first, second, middle;
};

Composition compose(const Interval& s, const Interval& t, const Lines& s_lines,
                    const Lines& t_lines) {
  const at::Tensor cs = center(s), ct = center(t), error = radius(s) * radius(t);
  const auto plane = [&](const at::Tensor& alpha, const at::Tensor& beta, const at::Tensor& c,
                         bool is_lower) {
    return composed(alpha, beta, c, s_lines, t_lines, is_lower);
  };
  return {{plane(t.lower, s.lower, -s.lower * t.lower, true),
           plane(t.upper, s.lower, -s.lower * t.upper, false)},
          {plane(t.upper, s.upper, -s.upper * t.upper, true),
           plane(t.lower, s.upper, -s.upper * t.lower, false)},
          {plane(ct, cs, -cs * ct - error, true), plane(ct, cs, -cs * ct + error, false)}};
}

/// Positions of the ends of `cells` cells in the interval, as shares of its width from the centre.
at::Tensor shares(int64_t cells, const at::Tensor& like) {
  std::vector<int64_t> sizes(static_cast<size_t>(like.dim()) + 1, 1);
  sizes[0] = cells + 1;
  return at::linspace(-0.5, 0.5, cells + 1, like.options()).view(sizes);
}

/// Slope of least squares of values at the ends of the cells; 0 for a point.
at::Tensor fitted_slope(const at::Tensor& values, const at::Tensor& share,
                        const at::Tensor& width) {
  const at::Tensor is_point = width < 1e-30;
  const at::Tensor rise = (values * share).sum(0) / share.square().sum();
  return (rise / width.masked_fill(is_point, 1)).masked_fill(is_point, 0);
}

/// Sizes of the second derivative: `convex` where it can be positive, `concave` where negative.
struct Curvature {
  at::Tensor convex, concave;
};

/// Of a function that is convex left of zero and concave right of it.
Curvature curvature(const at::Tensor& size, const Interval& x) {
  return {size * (x.lower < 0), size * (x.upper > 0)};
}

at::Tensor nearest_to_zero(const Interval& x) { return plus(x.lower) + minus(x.upper); }

/// The sizes are those of verify/rigor/gate.cpp.
Curvature sigmoid_curvature(const Interval& x) {
  const at::Tensor s = nearest_to_zero(x).sigmoid();
  const at::Tensor size = s * (1 - s) * (magnitude(x) * 0.5).tanh();
  return curvature(size.clamp_max(0.09622504487), x);
}

Curvature tanh_curvature(const Interval& y) {
  const at::Tensor near = nearest_to_zero(y).tanh();
  const at::Tensor size = 2 * magnitude(y).tanh() * (1 - near * near);
  return curvature(size.clamp_max(0.76980035893), y);
}

/// Slopes of least squares, offsets by the extremes of what is left at the nodes of a grid and the
/// most that the function bends between them.
template <class Factor>
PlanePair fitted(const Interval& x, const Interval& y, const Interval& s, const Interval& t) {
  const at::Tensor x_share = shares(kCells, x.lower), y_share = shares(Factor::kYCells, y.lower);
  const at::Tensor cx = center(x), cy = center(y);
  const at::Tensor x_width = x.upper - x.lower, y_width = y.upper - y.lower;
  const at::Tensor u = x_share * x_width, v = y_share * y_width;
  const at::Tensor s_values = (cx + u).sigmoid(), t_values = Factor::value(cy + v);
  const at::Tensor a = fitted_slope(s_values, x_share, x_width) * t_values.mean(0),
                   b = fitted_slope(t_values, y_share, y_width) * s_values.mean(0);
  const at::Tensor rest =
      s_values.unsqueeze(1) * t_values.unsqueeze(0) - (a * u).unsqueeze(1) - (b * v).unsqueeze(0);
  const Curvature of_s = sigmoid_curvature(x);
  const at::Tensor x_part = x_width.square() / (8 * kCells * kCells);
  const at::Tensor t_plus = plus(t.upper), t_minus = -minus(t.lower);
  at::Tensor below = at::maximum(of_s.convex * t_plus, of_s.concave * t_minus) * x_part,
             above = at::maximum(of_s.concave * t_plus, of_s.convex * t_minus) * x_part;
  if (Factor::kFactor == GateFactor::kTanh) {
    const Curvature of_t = tanh_curvature(y);
    const at::Tensor y_part = s.upper * y_width.square() / (8 * kCells * kCells);
    below = below + of_t.convex * y_part;
    above = above + of_t.concave * y_part;
  }
  const at::Tensor at_zero = a * cx + b * cy;
  return {{a, b, rest.amin({0, 1}) - below - at_zero}, {a, b, rest.amax({0, 1}) + above - at_zero}};
}

Plane choose(const at::Tensor& takes_second, const Plane& first, const Plane& second) {
  return {at::where(takes_second, second.x, first.x), at::where(takes_second, second.y, first.y),
          at::where(takes_second, second.constant, first.constant)};
}

struct Chosen {
  PlanePair usual;
  Composition composition;
};

template <class Factor>
Chosen choose_planes(const Node& node, std::span<const Interval> inputs) {
  const Interval &x = inputs[0], &y = inputs[1];
  const Interval s{x.lower.sigmoid(), x.upper.sigmoid()},
      t{Factor::value(y.lower), Factor::value(y.upper)}, range = product_range(s, t);
  Chosen chosen;
  chosen.composition = compose(s, t, kSigmoid.lines(node, x), Factor::lines(node, y));
  chosen.usual = chosen.composition.middle;
  const at::Tensor cx = center(x), cy = center(y), zero = at::zeros_like(cx);
  // Planes that are equally good there by construction must not take turns by rounding.
  const at::Tensor least_gain = (range.upper - range.lower) * 1e-6;
  const auto offer = [&](const PlanePair& other) {
    PlanePair& best = chosen.usual;
    best = {choose(other.lower.height(cx, cy) > best.lower.height(cx, cy) + least_gain, best.lower,
                   other.lower),
            choose(other.upper.height(cx, cy) < best.upper.height(cx, cy) - least_gain, best.upper,
                   other.upper)};
  };
  offer(chosen.composition.first);
  offer(chosen.composition.second);
  offer(fitted<Factor>(x, y, s, t));
  offer({{zero, zero, range.lower}, {zero, zero, range.upper}});
  return chosen;
}

template <class Factor>
Tensors planes(const Node& node, std::span<const Interval> inputs) {
  const PlanePair p = choose_planes<Factor>(node, inputs).usual;
  return {p.lower.x, p.lower.y, p.lower.constant, p.upper.x, p.upper.y, p.upper.constant};
}

template <class Factor>
at::Tensor value(const Node&, std::span<const at::Tensor> inputs) {
  return inputs[0].sigmoid() * Factor::value(inputs[1]);
}

/// Exact: the extremes are at corners.
template <class Factor>
Interval interval(const Node&, std::span<const Interval> inputs) {
  const Interval &x = inputs[0], &y = inputs[1];
  return product_range({x.lower.sigmoid(), x.upper.sigmoid()},
                       {Factor::value(y.lower), Factor::value(y.upper)});
}

Substitution backward(const Node&, const Tensors& p, const at::Tensor& rows) {
  const at::Tensor low = plus(rows), high = minus(rows);
  return {{low * p[kLowerX] + high * p[kUpperX], low * p[kLowerY] + high * p[kUpperY]},
          dot_items(low, p[kLower]) + dot_items(high, p[kUpper])};
}

Reach reach(const Node&, const Tensors& p, std::span<const at::Tensor> magnitudes) {
  const auto most = [&](PlanePart a, PlanePart b) { return at::maximum(p[a].abs(), p[b].abs()); };
  return {most(kLowerX, kUpperX) * magnitudes[0] + most(kLowerY, kUpperY) * magnitudes[1],
          most(kLower, kUpper)};
}

/// Up to 1, a positive shift goes from the usual plane to McCormick's of the first corner, a
/// negative one to that of the second.
template <class Factor>
Substitution shifted(const Node& node, std::span<const Interval> inputs, const at::Tensor& rows,
                     const LineShift& shift) {
  const Chosen chosen = choose_planes<Factor>(node, inputs);
  const auto moved = [](const at::Tensor& by, const Plane& usual, const Plane& first,
                        const Plane& second) {
    const at::Tensor to_first = plus(by), to_second = -minus(by);
    const auto part = [&](const at::Tensor& u, const at::Tensor& f, const at::Tensor& s) {
      return u + to_first * (f - u) + to_second * (s - u);
    };
    return Plane{part(usual.x, first.x, second.x), part(usual.y, first.y, second.y),
                 part(usual.constant, first.constant, second.constant)};
  };
  const Composition& c = chosen.composition;
  const Plane lower = moved(clamped(shift.lower, -1, 1), chosen.usual.lower, c.first.lower,
                            c.second.lower),
              upper = moved(clamped(shift.upper, -1, 1), chosen.usual.upper, c.first.upper,
                            c.second.upper);
  return backward(node, {lower.x, lower.y, lower.constant, upper.x, upper.y, upper.constant}, rows);
}

LinearBounds forward(const Node&, const Tensors& p, std::span<const LinearBounds> bounds) {
  LinearBounds result;
  const PlanePart slopes[][2] = {{kLowerX, kUpperX}, {kLowerY, kUpperY}};
  for (size_t i = 0; i < 2; ++i) {
    const at::Tensor &low = p[slopes[i][0]], &high = p[slopes[i][1]];
    const at::Tensor mean = (low + high) * 0.5, gap = (high - low) * 0.5;
    at::Tensor middle = bounds[i].middle * mean, middle_bias = bounds[i].middle_bias * mean;
    at::Tensor half = bounds[i].middle * gap, half_bias = bounds[i].middle_bias * gap;
    if (!bounds[i].is_exact()) {
      const at::Tensor size = (high.abs() + low.abs()) * 0.5,
                       size_gap = (high.abs() - low.abs()) * 0.5;
      middle = middle + bounds[i].half * size_gap;
      middle_bias = middle_bias + bounds[i].half_bias * size_gap;
      half = half + bounds[i].half * size;
      half_bias = half_bias + bounds[i].half_bias * size;
    }
    result.middle = i == 0 ? middle : result.middle + middle;
    result.middle_bias = i == 0 ? middle_bias : result.middle_bias + middle_bias;
    result.half = i == 0 ? half : result.half + half;
    result.half_bias = i == 0 ? half_bias : result.half_bias + half_bias;
  }
  result.middle_bias = result.middle_bias + (p[kLower] + p[kUpper]) * 0.5;
  result.half_bias = result.half_bias + (p[kUpper] - p[kLower]) * 0.5;
  return result;
}

/// Calls `element(box, i)` for each element of a contiguous pair of intervals, on all threads.
template <class Element>
void for_each_box(std::span<const Interval> inputs, const Element& element) {
  const Interval x{inputs[0].lower.contiguous(), inputs[0].upper.contiguous()},
      y{inputs[1].lower.contiguous(), inputs[1].upper.contiguous()};
  const double *xl = x.lower.const_data_ptr<double>(), *xu = x.upper.const_data_ptr<double>(),
               *yl = y.lower.const_data_ptr<double>(), *yu = y.upper.const_data_ptr<double>();
  at::parallel_for(0, x.lower.numel(), 64, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      element(GateBox{{xl[i], xu[i]}, {yl[i], yu[i]}}, static_cast<size_t>(i));
  });
}

template <class Factor>
Interval outward_interval(const Node&, std::span<const Interval> inputs) {
  const Interval z{at::empty_like(inputs[0].lower, at::MemoryFormat::Contiguous),
                   at::empty_like(inputs[0].lower, at::MemoryFormat::Contiguous)};
  double *least = z.lower.data_ptr<double>(), *most = z.upper.data_ptr<double>();
  for_each_box(inputs, [&](const GateBox& box, size_t i) {
    const Enclosure range = gate_range(Factor::kFactor, box);
    least[i] = range.lower, most[i] = range.upper;
  });
  return z;
}

template <class Factor>
void move_outward(std::span<const Interval> inputs, Tensors& planes) {
  for (at::Tensor& plane : planes) plane = plane.contiguous();
  const auto data = [&](PlanePart part) { return planes[part].data_ptr<double>(); };
  double *lower = data(kLower), *upper = data(kUpper);
  const double *lower_x = data(kLowerX), *lower_y = data(kLowerY), *upper_x = data(kUpperX),
               *upper_y = data(kUpperY);
  for_each_box(inputs, [&](const GateBox& box, size_t i) {
    lower[i] = gate_rest(Factor::kFactor, box, lower_x[i], lower_y[i]).lower;
    upper[i] = gate_rest(Factor::kFactor, box, upper_x[i], upper_y[i]).upper;
  });
}

/// Both factors and their product have relative errors only.
template <class Factor>
at::Tensor execution(const Node& node, std::span<const Interval> inputs) {
  return magnitude(interval<Factor>(node, inputs)) * (1 + 1e-9) *
             (2 * gamma_float(8 * kExecutedUlps)) +
         kFloatUnderflow;
}

template <class Factor>
constexpr JointRule rule() {
  return {value<Factor>,    interval<Factor>,         backward,
          forward,          planes<Factor>,           reach,
          shifted<Factor>,  outward_interval<Factor>, move_outward<Factor>,
          execution<Factor>};
}

}  // namespace

const JointRule kGate = rule<Identity>();
const JointRule kGatedTanh = rule<Tanh>();

}  // namespace limbeck::verify
