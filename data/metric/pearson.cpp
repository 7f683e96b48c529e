#include "data/metric/pearson.h"

#include <algorithm>
#include <cmath>

#include "data/metric/same_length.h"

namespace limbeck::data {
namespace {

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

bool is_constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
}

}  // namespace

double pearson_correlation(std::span<const double> x, std::span<const double> y) {
  require_same_length("pearson", x.size(), y.size());
  if (is_constant(x) || is_constant(y)) return 0.0;
  const double mean_x = mean(x), mean_y = mean(y);
  double xy = 0, xx = 0, yy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - mean_x, dy = y[i] - mean_y;
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  const double scale = std::sqrt(xx) * std::sqrt(yy);
  return scale == 0 ? 0.0 : std::clamp(xy / scale, -1.0, 1.0);
}

}  // namespace limbeck::data
