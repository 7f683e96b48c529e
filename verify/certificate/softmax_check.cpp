#include "verify/certificate/joint_table.h"
#include "verify/rigor/softmax_row.h"

/// softmax over the last axis
namespace limbeck::verify {
namespace {

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

}  // namespace

const JointCheck kSoftmaxCheck = {
    "softmax",          1, 6, require_elementwise_shapes, softmax::range, softmax::check,
    softmax::substitute};

}  // namespace limbeck::verify
