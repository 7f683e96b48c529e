#pragma once

#include <algorithm>
#include <cstdint>

#include "nlp/core/threads.h"
#include "nlp/kernel/panel.h"

namespace limbeck::nlp::kernel::detail {

/// A product cut into rectangles of tiles, a few for each thread; the left operand of one, `units`
/// 32-bit units a row, stays in half of a second-level cache.
class TileTasks {
 public:
  struct Range {
    int64_t begin, end;
  };

  TileTasks(int64_t units, int64_t row_panels, int64_t column_panels)
      : row_panels_(row_panels), column_panels_(column_panels) {
    const int64_t most = std::max<int64_t>(2, kTaskBytes / (kMostPanelRows * 4 * units));
    row_tasks_ = (row_panels + most - 1) / most;
    column_tasks_ =
        std::clamp<int64_t>((4 * thread_count() + row_tasks_ - 1) / row_tasks_, 1, column_panels);
  }

  int64_t count() const { return row_tasks_ * column_tasks_; }
  int64_t column_panels() const { return column_panels_; }
  Range row_range(int64_t task) const {
    return range(row_panels_, row_tasks_, task / column_tasks_);
  }
  Range column_range(int64_t task) const {
    return range(column_panels_, column_tasks_, task % column_tasks_);
  }

 private:
  static constexpr int64_t kTaskBytes = 512 << 10;
  static Range range(int64_t panels, int64_t tasks, int64_t index) {
    return {panels * index / tasks, panels * (index + 1) / tasks};
  }
  int64_t row_panels_, column_panels_, row_tasks_, column_tasks_;
};

}  // namespace limbeck::nlp::kernel::detail
