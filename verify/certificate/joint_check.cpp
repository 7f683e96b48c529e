#include "verify/certificate/joint_check.h"

#include <algorithm>

#include "verify/certificate/not_certified.h"
#include "verify/rigor/gate.h"
#include "verify/rigor/softmax_row.h"

namespace limbeck::verify {
namespace {

using Dimensions = std::vector<int64_t>;

[[noreturn]] void refuse(const JointPlace& place, size_t element, const std::string& why) {
  throw NotCertified(place.name + ": element " + std::to_string(element) + ": " + why);
}

void require(const JointPlace& place, bool is_good, const std::string& why) {
  if (!is_good) throw DataError(place.name + ": " + why);
}

const Dense& plane(const JointPlace& place, size_t k) { return place.proof.planes[k]; }

/// A row element split by what is known of its sign; of an unknown sign (rounding around zero) it
/// is left to the caller.
enum class Sign { kPlus, kMinus, kUnknown };
Sign sign_of(const Enclosure& a) {
  if (a.lower >= 0) return Sign::kPlus;
  return a.upper <= 0 ? Sign::kMinus : Sign::kUnknown;
}

/// What an element of unknown sign adds at least, for the box of the node.
Enclosure at_least(const JointPlace& place, const Enclosure& a, size_t i) {
  return (a * place.proof.box.at(i)).lower;
}

// --- x y

namespace product {

enum Plane { kCenterX, kCenterY, kConstant, kError };

std::vector<Enclosure> range(const JointPlace& place) {
  std::vector<Enclosure> y;
  for (size_t i = 0; i < place.node.size(); ++i)
    y.push_back(place.inputs[0]->at(i) * place.inputs[1]->at(i));
  return y;
}

/// Hull of x y - b x - a y over the corners.
Enclosure residual(const Enclosure& x, const Enclosure& y, double a, double b) {
  Enclosure hull(INFINITY, -INFINITY);
  for (const double s : {x.lower, x.upper})
    for (const double t : {y.lower, y.upper}) {
      const Enclosure here =
          Enclosure(s) * Enclosure(t) - Enclosure(b) * Enclosure(s) - Enclosure(a) * Enclosure(t);
      hull = {std::min(hull.lower, here.lower), std::max(hull.upper, here.upper)};
    }
  return hull;
}

void check(const JointPlace& place) {
  for (size_t i = 0; i < place.node.size(); ++i) {
    const Enclosure rest =
        residual(place.inputs[0]->at(i), place.inputs[1]->at(i), plane(place, kCenterX).values[i],
                 plane(place, kCenterY).values[i]) -
        Enclosure(plane(place, kConstant).values[i]);
    if (!(rest.magnitude() <= plane(place, kError).values[i]))
      refuse(place, i, "a plane does not bound the product at a corner");
  }
}

JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row) {
  JointSubstitution result;
  result.coefficients.resize(2);
  for (size_t i = 0; i < row.size(); ++i) {
    result.coefficients[0].push_back(row[i] * Enclosure(plane(place, kCenterY).values[i]));
    result.coefficients[1].push_back(row[i] * Enclosure(plane(place, kCenterX).values[i]));
    result.bias += row[i] * Enclosure(plane(place, kConstant).values[i]) -
                   Enclosure(row[i].magnitude()) * Enclosure(plane(place, kError).values[i]);
  }
  return result;
}

}  // namespace product

// --- sigmoid(x) y, sigmoid(x) tanh(y)

namespace gate {

enum Plane { kLowerX, kLowerY, kLower, kUpperX, kUpperY, kUpper };

GateFactor factor(const JointPlace& place) {
  return place.node.op == "gate" ? GateFactor::kIdentity : GateFactor::kTanh;
}

GateBox box_of(const JointPlace& place, size_t i) {
  return {place.inputs[0]->at(i), place.inputs[1]->at(i)};
}

std::vector<Enclosure> range(const JointPlace& place) {
  std::vector<Enclosure> y;
  for (size_t i = 0; i < place.node.size(); ++i)
    y.push_back(gate_range(factor(place), box_of(place, i)));
  return y;
}

void check(const JointPlace& place) {
  const auto value = [&](Plane k, size_t i) { return plane(place, k).values[i]; };
  for (size_t i = 0; i < place.node.size(); ++i) {
    const GateBox box = box_of(place, i);
    if (!(value(kLower, i) <=
          gate_rest(factor(place), box, value(kLowerX, i), value(kLowerY, i)).lower))
      refuse(place, i, "the lower plane is not proved to be below the gate");
    if (!(value(kUpper, i) >=
          gate_rest(factor(place), box, value(kUpperX, i), value(kUpperY, i)).upper))
      refuse(place, i, "the upper plane is not proved to be above the gate");
  }
}

JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row) {
  JointSubstitution result;
  result.coefficients = {std::vector<Enclosure>(row.size(), 0),
                         std::vector<Enclosure>(row.size(), 0)};
  for (size_t i = 0; i < row.size(); ++i) {
    const Sign sign = sign_of(row[i]);
    if (sign == Sign::kUnknown) {
      result.bias += at_least(place, row[i], i);
      continue;
    }
    const bool is_lower = sign == Sign::kPlus;
    const auto times = [&](Plane k) { return row[i] * Enclosure(plane(place, k).values[i]); };
    result.coefficients[0][i] = times(is_lower ? kLowerX : kUpperX);
    result.coefficients[1][i] = times(is_lower ? kLowerY : kUpperY);
    result.bias += times(is_lower ? kLower : kUpper);
  }
  return result;
}

}  // namespace gate

// --- X Y over the last two axes

namespace matmul {

enum Plane { kCenterX, kNear, kConstant, kError, kReference };

struct Sizes {
  size_t batches, m, n, p;
};
Sizes sizes(const JointPlace& place) {
  const Dimensions &x = place.inputs[0]->lower.shape, &y = place.inputs[1]->lower.shape;
  const size_t m = to_size(x[x.size() - 2]), n = to_size(x.back()), p = to_size(y.back());
  return {place.node.size() / (m * p), m, n, p};
}

void check_shapes(const JointPlace& place) {
  const Dimensions &x = place.inputs[0]->lower.shape, &y = place.inputs[1]->lower.shape,
                   &z = place.node.shape;
  require(place,
          x.size() >= 2 && y.size() == x.size() && z.size() == x.size() &&
              x.back() == y[y.size() - 2] && z.back() == y.back() &&
              z[z.size() - 2] == x[x.size() - 2] && std::equal(x.begin(), x.end() - 2, y.begin()) &&
              std::equal(x.begin(), x.end() - 2, z.begin()),
          "has shapes that do not fit");
  const Sizes s = sizes(place);
  require(place,
          plane(place, kCenterX).shape == x && plane(place, kNear).shape == y &&
              plane(place, kConstant).shape == z && plane(place, kError).shape == z &&
              plane(place, kReference).size() == s.batches * s.p,
          "has planes of another shape");
  for (const double r : plane(place, kReference).values)
    require(place, r == 0 || place.rows_sum_to_one,
            "has a reference row, which its left factor does not allow");
}

/// Calls visit(i of z, x index, y index) for each product of element i.
template <class Function>
void for_each_product(const Sizes& s, size_t i, const Function& visit) {
  const size_t row = i / s.p, column = i % s.p, batch = row / s.m;
  for (size_t k = 0; k < s.n; ++k) visit(row * s.n + k, (batch * s.n + k) * s.p + column);
}

/// Rows of X sum to one, so X Y = r + X (Y - r) for any row r; 0 elsewhere.
Enclosure reference(const JointPlace& place, const Sizes& s, size_t i) {
  return plane(place, kReference).values[i / (s.m * s.p) * s.p + i % s.p];
}

std::vector<Enclosure> range(const JointPlace& place) {
  const Sizes s = sizes(place);
  std::vector<Enclosure> z;
  for (size_t i = 0; i < place.node.size(); ++i) {
    const Enclosure r = reference(place, s, i);
    Enclosure sum = r;
    for_each_product(s, i, [&](size_t x, size_t y) {
      sum = sum + place.inputs[0]->at(x) * (place.inputs[1]->at(y) - r);
    });
    z.push_back(sum);
  }
  return z;
}

void check(const JointPlace& place) {
  const Sizes s = sizes(place);
  for (size_t i = 0; i < place.node.size(); ++i) {
    const Enclosure r = reference(place, s, i);
    // x (y - r) - near x - cx y, whose sum over k differs from the planes by r - constant.
    Enclosure rest = r - Enclosure(plane(place, kConstant).values[i]);
    for_each_product(s, i, [&](size_t x, size_t y) {
      const double cx = plane(place, kCenterX).values[x], near = plane(place, kNear).values[y];
      const Enclosure moved(near == 0 && r.lower == 0 ? Enclosure(near) : Enclosure(near) + r);
      const Enclosure low = product::residual(place.inputs[0]->at(x), place.inputs[1]->at(y), cx,
                                              moved.lower),
                      high = product::residual(place.inputs[0]->at(x), place.inputs[1]->at(y), cx,
                                               moved.upper);
      rest = rest + Enclosure(std::min(low.lower, high.lower), std::max(low.upper, high.upper));
    });
    if (!(rest.magnitude() <= plane(place, kError).values[i]))
      refuse(place, i, "a plane does not bound the product at a corner");
  }
}

JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row) {
  const Sizes s = sizes(place);
  JointSubstitution result;
  result.coefficients = {std::vector<Enclosure>(place.inputs[0]->lower.size(), 0),
                         std::vector<Enclosure>(place.inputs[1]->lower.size(), 0)};
  for (size_t i = 0; i < row.size(); ++i) {
    for_each_product(s, i, [&](size_t x, size_t y) {
      Enclosure &of_x = result.coefficients[0][x], &of_y = result.coefficients[1][y];
      of_x = of_x + row[i] * Enclosure(plane(place, kNear).values[y]);
      of_y = of_y + row[i] * Enclosure(plane(place, kCenterX).values[x]);
    });
    result.bias += row[i] * Enclosure(plane(place, kConstant).values[i]) -
                   Enclosure(row[i].magnitude()) * Enclosure(plane(place, kError).values[i]);
  }
  return result;
}

}  // namespace matmul

// --- softmax over the last axis

namespace softmax {

enum Plane { kLow, kLowMix, kLowOffset, kHigh, kHighMix, kHighOffset };

size_t width(const JointPlace& place) { return to_size(place.node.shape.back()); }

std::span<const double> row_of(const Dense& tensor, size_t first, size_t n) {
  return {tensor.values.data() + first, n};
}

RowBox box_of(const JointPlace& place, size_t first) {
  const size_t n = width(place);
  return {row_of(place.inputs[0]->lower, first, n), row_of(place.inputs[0]->upper, first, n)};
}

std::vector<Enclosure> range(const JointPlace& place) {
  const size_t n = width(place);
  std::vector<Enclosure> p;
  std::vector<double> least(n), most(n);
  for (size_t first = 0; first < place.node.size(); first += n) {
    softmax_range(box_of(place, first), least, most);
    for (size_t k = 0; k < n; ++k) p.emplace_back(least[k], most[k]);
  }
  return p;
}

void check(const JointPlace& place) {
  const size_t n = width(place);
  std::vector<double> low(n), high(n);
  const auto row = [&](Plane k, size_t first) { return row_of(plane(place, k), first, n); };
  for (size_t first = 0; first < place.node.size(); first += n) {
    softmax_offsets(
        box_of(place, first),
        {row(kLow, first), row(kLowMix, first), row(kHigh, first), row(kHighMix, first)}, low,
        high);
    for (size_t k = 0; k < n; ++k) {
      if (!(plane(place, kLowOffset).values[first + k] <= low[k]))
        refuse(place, first + k, "the lower plane is not proved to be below softmax");
      if (!(plane(place, kHighOffset).values[first + k] >= high[k]))
        refuse(place, first + k, "the upper plane is not proved to be above softmax");
    }
  }
}

/// sum p_k = 1, so <a, p> = <a - t, p> + t for any number t: the mean of a by the upper mix.
JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row,
                             bool is_centred) {
  const size_t n = width(place);
  JointSubstitution result;
  result.coefficients.resize(1);
  for (size_t first = 0; first < row.size(); first += n) {
    double t = 0;
    for (size_t k = 0; is_centred && k < n; ++k)
      t += row[first + k].lower * plane(place, kHighMix).values[first + k];
    if (!std::isfinite(t)) t = 0;
    result.bias += Enclosure(t);
    Enclosure low_sum = 0, high_sum = 0;
    std::vector<Enclosure> own(n, 0);
    for (size_t k = 0; k < n; ++k) {
      const size_t i = first + k;
      const Enclosure a = row[i] - Enclosure(t);
      const Sign sign = sign_of(a);
      if (sign == Sign::kUnknown) {
        result.bias += Enclosure((a * Enclosure(0, 1)).lower);
        continue;
      }
      const bool is_low = sign == Sign::kPlus;
      own[k] = a * Enclosure(plane(place, is_low ? kLow : kHigh).values[i]);
      (is_low ? low_sum : high_sum) = (is_low ? low_sum : high_sum) + own[k];
      result.bias += a * Enclosure(plane(place, is_low ? kLowOffset : kHighOffset).values[i]);
    }
    for (size_t k = 0; k < n; ++k)
      result.coefficients[0].push_back(
          own[k] - low_sum * Enclosure(plane(place, kLowMix).values[first + k]) -
          high_sum * Enclosure(plane(place, kHighMix).values[first + k]));
  }
  return result;
}

}  // namespace softmax

// --- the largest along an axis

namespace maximum {

enum Plane { kIndex, kIsDominant, kMost };

/// The elements of the input that element i is the largest of.
std::vector<size_t> sources(const JointPlace& place, size_t i) {
  const Dimensions& x = place.inputs[0]->lower.shape;
  const size_t axis = to_size(place.node.ints[0]);
  size_t inner = 1;
  for (size_t k = axis + 1; k < x.size(); ++k) inner *= to_size(x[k]);
  std::vector<size_t> all;
  for (size_t k = 0; k < to_size(x[axis]); ++k)
    all.push_back((i / inner * to_size(x[axis]) + k) * inner + i % inner);
  return all;
}

void check_shapes(const JointPlace& place) {
  const Dimensions &x = place.inputs[0]->lower.shape, &y = place.node.shape;
  require(place,
          !place.node.ints.empty() && x.size() == y.size() &&
              place.node.ints[0] < static_cast<int64_t>(x.size()) &&
              y[to_size(place.node.ints[0])] == 1,
          "has shapes that do not fit");
  for (size_t i = 0; i < x.size(); ++i)
    require(place, static_cast<int64_t>(i) == place.node.ints[0] || x[i] == y[i],
            "has shapes that do not fit");
  const double count = static_cast<double>(x[to_size(place.node.ints[0])]);
  for (const double index : plane(place, kIndex).values)
    require(place, index >= 0 && index < count && index == std::floor(index),
            "has an index out of range");
  for (const double mark : plane(place, kIsDominant).values)
    require(place, mark == 0 || mark == 1, "has a mark that is neither 0 nor 1");
}

std::vector<Enclosure> range(const JointPlace& place) {
  std::vector<Enclosure> y;
  for (size_t i = 0; i < place.node.size(); ++i) {
    Enclosure most(-INFINITY, -INFINITY);
    for (const size_t k : sources(place, i)) {
      const Enclosure x = place.inputs[0]->at(k);
      most = {std::max(most.lower, x.lower), std::max(most.upper, x.upper)};
    }
    y.push_back(most);
  }
  return y;
}

void check(const JointPlace& place) {
  for (size_t i = 0; i < place.node.size(); ++i) {
    const std::vector<size_t> all = sources(place, i);
    const size_t chosen = all[static_cast<size_t>(plane(place, kIndex).values[i])];
    const bool is_dominant = plane(place, kIsDominant).values[i] == 1;
    const double limit =
        is_dominant ? place.inputs[0]->at(chosen).lower : plane(place, kMost).values[i];
    for (const size_t k : all)
      if ((k != chosen || !is_dominant) && !(place.inputs[0]->at(k).upper <= limit))
        refuse(place, i, "the upper plane is below an element that can be the maximum");
  }
}

JointSubstitution substitute(const JointPlace& place, const std::vector<Enclosure>& row) {
  JointSubstitution result;
  result.coefficients = {std::vector<Enclosure>(place.inputs[0]->lower.size(), 0)};
  for (size_t i = 0; i < row.size(); ++i) {
    const size_t chosen = sources(place, i)[static_cast<size_t>(plane(place, kIndex).values[i])];
    const Sign sign = sign_of(row[i]);
    if (sign == Sign::kPlus || plane(place, kIsDominant).values[i] == 1)
      result.coefficients[0][chosen] = row[i];
    else if (sign == Sign::kMinus)
      result.bias += row[i] * Enclosure(plane(place, kMost).values[i]);
    else
      result.bias += at_least(place, row[i], i);
  }
  return result;
}

}  // namespace maximum

}  // namespace

namespace {

bool is_gate(const std::string& op) { return op == "gate" || op == "gated_tanh"; }

}  // namespace

void check_joint_shapes(const JointPlace& place) {
  const std::string& op = place.node.op;
  require(place,
          place.inputs.size() == (op == "product" || op == "matmul" || is_gate(op) ? 2u : 1u),
          "has a wrong number of inputs");
  if (op == "matmul") return matmul::check_shapes(place);
  for (const Dense& tensor : place.proof.planes)
    require(place, tensor.shape == place.node.shape, "has planes of another shape");
  if (op == "maximum") return maximum::check_shapes(place);
  require(place, !place.node.shape.empty(), "has no axis");
  for (const Box* input : place.inputs)
    require(place, input->lower.shape == place.node.shape, "has shapes that do not fit");
}

std::vector<Enclosure> joint_range(const JointPlace& place) {
  if (place.node.op == "product") return product::range(place);
  if (is_gate(place.node.op)) return gate::range(place);
  if (place.node.op == "matmul") return matmul::range(place);
  return place.node.op == "softmax" ? softmax::range(place) : maximum::range(place);
}

void check_planes(const JointPlace& place) {
  if (place.node.op == "product") return product::check(place);
  if (is_gate(place.node.op)) return gate::check(place);
  if (place.node.op == "matmul") return matmul::check(place);
  return place.node.op == "softmax" ? softmax::check(place) : maximum::check(place);
}

JointSubstitution substitute_joint(const JointPlace& place, const std::vector<Enclosure>& row,
                                   bool is_centred) {
  if (place.node.op == "product") return product::substitute(place, row);
  if (is_gate(place.node.op)) return gate::substitute(place, row);
  if (place.node.op == "matmul") return matmul::substitute(place, row);
  return place.node.op == "softmax" ? softmax::substitute(place, row, is_centred)
                                    : maximum::substitute(place, row);
}

}  // namespace limbeck::verify
