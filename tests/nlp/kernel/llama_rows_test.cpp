#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nlp/core/random_stream.h"
#include "nlp/kernel/gated_unit.h"
#include "nlp/kernel/rms_norm.h"
#include "tests/nlp/kernel/each_target.h"

namespace limbeck::nlp::kernel {
namespace {

std::vector<float> normals(size_t count, double scale = 1) {
  RandomStream random(2, "rows");
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(scale * random.normal());
  return values;
}

TEST(RmsNorm, EqualsTheFormulaInFloat64) {
  for_each_target([] {
    for (const int64_t width : {1, 7, 16, 48, 576, 577}) {
      const std::vector<float> x = normals(static_cast<size_t>(3 * width)),
                               gain = normals(static_cast<size_t>(width), 2);
      std::vector<float> y(x.size());
      rms_norm(3, width, x.data(), width, gain.data(), 1e-5f, y.data(), width);
      for (int64_t r = 0; r < 3; ++r) {
        double squares = 0;
        for (int64_t i = 0; i < width; ++i)
          squares += std::pow(static_cast<double>(x[static_cast<size_t>(r * width + i)]), 2);
        const double scale = 1 / std::sqrt(squares / static_cast<double>(width) + 1e-5f);
        for (int64_t i = 0; i < width; ++i) {
          const double want =
              x[static_cast<size_t>(r * width + i)] * scale * gain[static_cast<size_t>(i)];
          ASSERT_NEAR(y[static_cast<size_t>(r * width + i)], want, 2e-6 * std::fabs(want) + 1e-12)
              << width;
        }
      }
    }
  });
}

TEST(Swiglu, EqualsTheFormulaInPlace) {
  for_each_target([] {
    for (const int64_t width : {1, 15, 16, 80, 1536}) {
      std::vector<float> x = normals(static_cast<size_t>(2 * 2 * width), 4);
      const std::vector<float> before = x;
      swiglu(2, width, x.data(), 2 * width, x.data(), 2 * width);
      for (int64_t r = 0; r < 2; ++r)
        for (int64_t i = 0; i < width; ++i) {
          const double gate = before[static_cast<size_t>(r * 2 * width + i)];
          const double up = before[static_cast<size_t>(r * 2 * width + width + i)];
          const double want = gate / (1 + std::exp(-gate)) * up;
          ASSERT_NEAR(x[static_cast<size_t>(r * 2 * width + i)], want,
                      1e-6 * std::fabs(want) + 1e-12);
        }
    }
  });
}

TEST(RotateHalves, TurnsEachPairByItsAngle) {
  for_each_target([] {
    for (const int64_t half : {1, 8, 16, 32, 40}) {
      std::vector<float> x = normals(static_cast<size_t>(2 * half)), cosine, sine;
      const std::vector<float> before = x;
      for (int64_t i = 0; i < half; ++i) {
        cosine.push_back(std::cos(0.3f * static_cast<float>(i)));
        sine.push_back(std::sin(0.3f * static_cast<float>(i)));
      }
      rotate_halves(half, cosine.data(), sine.data(), x.data());
      for (int64_t i = 0; i < half; ++i) {
        const double a = before[static_cast<size_t>(i)], b = before[static_cast<size_t>(half + i)];
        const double c = cosine[static_cast<size_t>(i)], s = sine[static_cast<size_t>(i)];
        ASSERT_NEAR(x[static_cast<size_t>(i)], a * c - b * s, 1e-6);
        ASSERT_NEAR(x[static_cast<size_t>(half + i)], a * s + b * c, 1e-6);
      }
    }
  });
}

}  // namespace
}  // namespace limbeck::nlp::kernel
