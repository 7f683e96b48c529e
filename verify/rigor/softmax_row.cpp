#include "verify/rigor/softmax_row.h"

#include <cmath>
#include <vector>

#include "verify/rigor/elementary.h"

namespace limbeck::verify {
namespace {

/// sums[k] of all terms but the k-th, from both sides, so that nothing cancels.
std::vector<Enclosure> sums_of_others(const std::vector<Enclosure>& terms) {
  std::vector<Enclosure> sums(terms.size());
  Enclosure sum = 0;
  for (size_t k = 0; k < terms.size(); ++k) sums[k] = sum, sum = sum + terms[k];
  sum = 0;
  for (size_t k = terms.size(); k-- > 0;) sums[k] = sums[k] + sum, sum = sum + terms[k];
  return sums;
}

/// Exponentials of both ends, relative to the largest upper end.
struct Exponentials {
  explicit Exponentials(const RowBox& x) {
    for (const double u : x.upper) top = std::max(top, u);
    for (size_t k = 0; k < x.size(); ++k) {
      low.push_back(Enclosure(x.lower[k]) - Enclosure(top));
      high.push_back(Enclosure(x.upper[k]) - Enclosure(top));
      exp_low.push_back(enclose_exp(low.back()));
      exp_high.push_back(enclose_exp(high.back()));
    }
    others_low = sums_of_others(exp_low);
    others_high = sums_of_others(exp_high);
  }

  double top = -kInfinity;
  std::vector<Enclosure> low, high, exp_low, exp_high, others_low, others_high;

  /// ln p_k over the box: least where x_k is low and all others high, most where they are not.
  Enclosure log_range(size_t k) const {
    const Enclosure most_sum = exp_low[k] + others_high[k], least_sum = exp_high[k] + others_low[k];
    const double least = least_sum.lower > 0 ? (high[k] - enclose_log(least_sum)).upper : 0;
    const double log_most = enclose_log({std::max(most_sum.upper, 0x1p-1022)}).upper;
    return {(low[k] - Enclosure(log_most)).lower, std::min(least, 0.0)};
  }
};

Enclosure exp_of_center(double center, double top) {
  return enclose_exp(Enclosure(center) - Enclosure(top));
}

/// Where both planes touch: the doubles that the verifier takes for the centres.
std::vector<double> centers(const RowBox& x) {
  std::vector<double> c(x.size());
  for (size_t k = 0; k < x.size(); ++k) c[k] = (x.lower[k] + x.upper[k]) * 0.5;
  return c;
}

/// The farthest that the box reaches from c.
std::vector<Enclosure> reaches(const RowBox& x, const std::vector<double>& c) {
  std::vector<Enclosure> r;
  for (size_t k = 0; k < x.size(); ++k)
    r.push_back(std::max((Enclosure(x.upper[k]) - Enclosure(c[k])).upper,
                         (Enclosure(c[k]) - Enclosure(x.lower[k])).upper));
  return r;
}

Enclosure magnitude(const Enclosure& x) { return Enclosure(x.magnitude()); }

/// Chord of exp over the interval of element k, relative to top, with any slope: the offset makes
/// it lie above.
struct Chord {
  double slope;
  Enclosure at_center;  ///< not below exp there
};

Chord chord_of(const Exponentials& e, size_t k, double center) {
  const double exp_l = e.exp_low[k].upper, exp_u = e.exp_high[k].upper;
  const double width = e.high[k].upper - e.low[k].lower;
  double slope = width > 1e-3 ? (exp_u - exp_l) / width
                              : exp_l * (1 + width / 2 * (1 + width / 3 * (1 + width / 4)));
  if (!(slope >= 0 && slope < kInfinity)) slope = 0;
  const Enclosure c = Enclosure(center) - Enclosure(e.top), s = slope;
  const double by_low = (e.exp_low[k] + s * (c - e.low[k])).upper;
  const double by_high = (e.exp_high[k] + s * (c - e.high[k])).upper;
  return {slope, std::max(by_low, by_high)};
}

}  // namespace

void softmax_range(const RowBox& x, std::span<double> least, std::span<double> most) {
  const Exponentials e(x);
  for (size_t k = 0; k < x.size(); ++k) {
    const Enclosure range = enclose_exp(e.log_range(k));
    least[k] = range.lower;
    most[k] = std::min(range.upper, 1.0);
  }
}

/// Below: p_k >= g(x) = e^x_k / S(x) with S the sum of chords. g is log-convex, so convex, and
/// above its tangent at c:  g(c) (1 + (x_k - c_k) - sum_j s_j / S(c) (x_j - c_j)). Above: z_k = x_k
/// - ln sum_j e^x_j is concave, so below its tangent at c, and exp(z) is below its chord t z + q
/// over the range of z; t is high_k. In both, a slope that differs from that of the tangent costs
/// the difference times the reach of the box from c.
void softmax_offsets(const RowBox& x, const SoftmaxSlopes& slopes, std::span<double> low_offset,
                     std::span<double> high_offset) {
  const size_t n = x.size();
  const Exponentials e(x);
  const std::vector<double> c = centers(x);
  const std::vector<Enclosure> r = reaches(x, c);
  std::vector<Chord> chords;
  std::vector<Enclosure> exp_c;
  Enclosure sum = 0, exp_sum = 0;
  for (size_t k = 0; k < n; ++k) {
    chords.push_back(chord_of(e, k, c[k]));
    exp_c.push_back(exp_of_center(c[k], e.top));
    sum = sum + chords[k].at_center;
    exp_sum = exp_sum + exp_c[k];
  }
  Enclosure low_at_c = 0, high_at_c = 0, mix_reach = 0, low_miss = 0, high_miss = 0;
  for (size_t k = 0; k < n; ++k) {
    low_at_c = low_at_c + Enclosure(slopes.low_mix[k]) * Enclosure(c[k]);
    high_at_c = high_at_c + Enclosure(slopes.high_mix[k]) * Enclosure(c[k]);
    mix_reach = mix_reach + magnitude(slopes.low_mix[k]) * r[k];
    low_miss = low_miss +
               magnitude(Enclosure(chords[k].slope) / sum - Enclosure(slopes.low_mix[k])) * r[k];
    high_miss = high_miss + magnitude(exp_c[k] / exp_sum - Enclosure(slopes.high_mix[k])) * r[k];
  }
  // z_k(c) - c_k + high_mix . c, the same for every k.
  const Enclosure at_zero = high_at_c + high_miss - Enclosure(e.top) - enclose_log(exp_sum);
  for (size_t k = 0; k < n; ++k) {
    const Enclosure low = slopes.low[k], value = exp_c[k] / sum;
    const Enclosure miss =
        magnitude(value - low) * (r[k] + mix_reach) + magnitude(value) * low_miss;
    low_offset[k] = (value - low * (Enclosure(c[k]) - low_at_c) - miss).lower;
    const Enclosure high = slopes.high[k], range = e.log_range(k);
    const Enclosure at_least = enclose_exp(range.lower) - high * Enclosure(range.lower);
    const Enclosure at_most = enclose_exp(range.upper) - high * Enclosure(range.upper);
    const double q = std::max(at_least.upper, at_most.upper);
    high_offset[k] = slopes.high[k] >= 0 ? (high * at_zero + Enclosure(q)).upper : kInfinity;
  }
}

}  // namespace limbeck::verify
