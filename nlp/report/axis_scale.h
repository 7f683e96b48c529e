#pragma once

#include <vector>

namespace limbeck::nlp {

/// Maps a range of values to a stretch of the drawing, linearly or by the logarithm.
class AxisScale {
 public:
  /// A range that holds all `values` (not empty after dropping values <= 0 of a logarithmic axis;
  /// else [0, 1] or [1, 10]), widened a little so that no mark touches the frame.
  static AxisScale around(std::vector<double> values, bool is_logarithmic);
  /// From `low` to somewhat beyond `high`, linear.
  static AxisScale from(double low, double high);

  bool can_show(double value) const { return !is_logarithmic_ || value > 0; }
  /// Where `value` stands when the range covers [first, last].
  double place(double value, double first, double last) const;
  /// Round values inside the range, at most about `count`, at least 2 where the range allows.
  std::vector<double> ticks(int count) const;
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  AxisScale(double low, double high, bool is_logarithmic)
      : low_(low), high_(high), is_logarithmic_(is_logarithmic) {}

  double low_, high_;
  bool is_logarithmic_;
};

}  // namespace limbeck::nlp
