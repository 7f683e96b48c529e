#include "nlp/kernel/lstm_cell.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/nlp/kernel/each_target.h"

namespace limbeck::nlp::kernel {
namespace {

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

/// One step in float64; a loss sum(wh * h) + sum(wc * c) gives known gradients to compare finite
/// differences with.
struct Step {
  int64_t batch, hidden;
  std::vector<float> a, before, wh, wc;
  Step(int64_t b, int64_t h)
      : batch(b),
        hidden(h),
        a(normal_values(1, 4 * b * h)),
        before(normal_values(2, b * h)),
        wh(normal_values(3, b * h)),
        wc(normal_values(4, b * h)) {}
  double cell(const std::vector<double>& gates, const std::vector<double>& c, int64_t r,
              int64_t j) const {
    const double* g = gates.data() + r * 4 * hidden + j;
    return logistic(g[hidden]) * c[r * hidden + j] + logistic(g[0]) * std::tanh(g[2 * hidden]);
  }
  double output(const std::vector<double>& gates, const std::vector<double>& c, int64_t r,
                int64_t j) const {
    return logistic(gates[r * 4 * hidden + 3 * hidden + j]) * std::tanh(cell(gates, c, r, j));
  }
  double loss(const std::vector<double>& gates, const std::vector<double>& c, int64_t r,
              int64_t j) const {
    return wh[r * hidden + j] * output(gates, c, r, j) + wc[r * hidden + j] * cell(gates, c, r, j);
  }
};

struct Buffers {
  std::vector<float> gates, cell, squashed, h;
};

Buffers forward(const Step& s, bool with_cell) {
  const size_t size = static_cast<size_t>(s.batch * s.hidden);
  Buffers out{s.a, std::vector<float>(size), std::vector<float>(size), std::vector<float>(size)};
  lstm_cell_forward({s.batch, s.hidden, out.gates.data(), 4 * s.hidden,
                     with_cell ? s.before.data() : nullptr, s.hidden, out.cell.data(), s.hidden,
                     out.squashed.data(), s.hidden, out.h.data(), s.hidden});
  return out;
}

TEST(LstmCell, ForwardEqualsDoubleReference) {
  for_each_target([] {
    for (const auto& [b, h] : {std::pair<int64_t, int64_t>{1, 1}, {3, 17}, {130, 64}}) {
      const Step s(b, h);
      const std::vector<double> gates(s.a.begin(), s.a.end()), c(s.before.begin(), s.before.end());
      const Buffers got = forward(s, true);
      for (int64_t r = 0; r < b; ++r)
        for (int64_t j = 0; j < h; ++j) {
          ASSERT_NEAR(got.cell[r * h + j], s.cell(gates, c, r, j),
                      1e-6);  // four roundings of values below 5
          ASSERT_NEAR(got.h[r * h + j], s.output(gates, c, r, j), 1e-6);
        }
    }
  });
}

TEST(LstmCell, NoCellBeforeMeansZeros) {
  Step s(5, 20);
  const Buffers without = forward(s, false);
  std::fill(s.before.begin(), s.before.end(), 0.0f);
  const Buffers with = forward(s, true);
  EXPECT_EQ(without.h, with.h);
  EXPECT_EQ(without.cell, with.cell);
}

TEST(LstmCell, BackwardEqualsCentralDifferencesInFloat64) {
  for_each_target([] {
    const Step s(4, 19);
    const std::vector<double> gates(s.a.begin(), s.a.end()), c(s.before.begin(), s.before.end());
    const Buffers x = forward(s, true);
    std::vector<float> cell_gradient = s.wc, gates_gradient(x.gates.size());
    lstm_cell_backward({s.batch, s.hidden, x.gates.data(), 4 * s.hidden, s.before.data(), s.hidden,
                        x.squashed.data(), s.hidden, s.wh.data(), s.hidden, cell_gradient.data(),
                        s.hidden, gates_gradient.data(), 4 * s.hidden});
    constexpr double kStep = 1e-5;  // error of the difference: 1e-10
    for (int64_t r = 0; r < s.batch; ++r)
      for (int64_t j = 0; j < s.hidden; ++j) {
        for (int64_t gate = 0; gate < 4; ++gate) {
          const int64_t at = r * 4 * s.hidden + gate * s.hidden + j;
          std::vector<double> up = gates, down = gates;
          up[at] += kStep;
          down[at] -= kStep;
          ASSERT_NEAR(gates_gradient[at],
                      (s.loss(up, c, r, j) - s.loss(down, c, r, j)) / (2 * kStep), 4e-6);
        }
        std::vector<double> up = c, down = c;
        up[r * s.hidden + j] += kStep;
        down[r * s.hidden + j] -= kStep;
        ASSERT_NEAR(cell_gradient[r * s.hidden + j],
                    (s.loss(gates, up, r, j) - s.loss(gates, down, r, j)) / (2 * kStep), 4e-6);
      }
  });
}

}  // namespace
}  // namespace limbeck::nlp::kernel
