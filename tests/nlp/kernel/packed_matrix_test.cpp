#include "nlp/kernel/packed_matrix.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/gemv.h"
#include "nlp/kernel/panel.h"
#include "tests/nlp/kernel/each_target.h"

namespace limbeck::nlp::kernel {
namespace {

constexpr Arithmetic kAll[] = {Arithmetic::kFloat32, Arithmetic::kBFloat16, Arithmetic::kInt8};

struct Shape {
  int64_t m, n, k;
};
const Shape kShapes[] = {{1, 1, 1},    {1, 200, 64},   {2, 31, 3},     {3, 33, 5},
                         {14, 64, 96}, {15, 100, 130}, {43, 32, 1537}, {97, 130, 20}};

float to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7FFFu + (bits >> 16 & 1)) & 0xFFFF0000u);
}

/// The values that the arithmetic sees: rounded to bfloat16, or to 255 levels of the row.
std::vector<double> seen(Arithmetic arithmetic, const std::vector<float>& rows, int64_t count,
                         int64_t width) {
  std::vector<double> values(rows.begin(), rows.end());
  for (int64_t i = 0; i < count; ++i) {
    float most = 0;
    for (int64_t j = 0; j < width; ++j) most = std::max(most, std::abs(rows[i * width + j]));
    for (int64_t j = 0; j < width; ++j) {
      const float x = rows[i * width + j];
      if (arithmetic == Arithmetic::kBFloat16) values[i * width + j] = to_bfloat16(x);
      if (arithmetic == Arithmetic::kInt8)
        values[i * width + j] =
            most > 0 ? std::nearbyint(x * (127.0f / most)) * static_cast<double>(most / 127.0f)
                     : 0.0;
    }
  }
  return values;
}

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kGelu:
      return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0)));
    case Activation::kGeluTanh:
      return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    case Activation::kRelu:
      return std::max(x, 0.0);
  }
  return x;
}

struct Data {
  Data(const Shape& s)
      : x(normal_values(1, s.m * s.k)),
        w(normal_values(2, s.n * s.k)),
        bias(normal_values(3, s.n)),
        residual(normal_values(4, s.m * s.n)) {}
  std::vector<float> x, w, bias, residual;
};

void check(Arithmetic arithmetic, const Shape& s, Activation activation) {
  const Data data(s);
  const PackedMatrix packed(arithmetic, data.w.data(), s.n, s.k, s.k);
  std::vector<float> y(static_cast<size_t>(s.m * s.n));
  multiply(packed, s.m, data.x.data(), s.k,
           {data.bias.data(), activation, data.residual.data(), s.n}, y.data(), s.n);
  const std::vector<double> x = seen(arithmetic, data.x, s.m, s.k),
                            w = seen(arithmetic, data.w, s.n, s.k);
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      double sum = 0, magnitude = 0;
      for (int64_t k = 0; k < s.k; ++k) {
        sum += x[i * s.k + k] * w[j * s.k + k];
        magnitude += std::abs(x[i * s.k + k] * w[j * s.k + k]);
      }
      const double want = activated(activation, sum + data.bias[j]) + data.residual[i * s.n + j];
      // k + 8 float32 roundings of the magnitudes; 1.2 is above the steepest slope of GELU; 1e-6 (1
      // + |sum|): its polynomial.
      const double bound = 1.2 * (s.k + 8) * 0x1p-24 * (magnitude + 5) + 1e-6 * (1 + std::abs(sum));
      ASSERT_NEAR(y[i * s.n + j], want, bound)
          << "arithmetic " << static_cast<int>(arithmetic) << " shape " << s.m << "," << s.n << ","
          << s.k << " at " << i << "," << j;
    }
  }
}

TEST(PackedMatrix, EqualsDoubleReferenceOnEveryInstructionSet) {
  for_each_target([] {
    for (const Arithmetic arithmetic : kAll)
      for (const Shape& shape : kShapes)
        for (const Activation activation :
             {Activation::kNone, Activation::kGelu, Activation::kGeluTanh, Activation::kRelu})
          check(arithmetic, shape, activation);
  });
}

TEST(PackedMatrix, RowDoesNotDependOnTheOtherRows) {
  for (const Arithmetic arithmetic : kAll) {
    const Shape s{57, 97, 131};
    const Data data(s);
    const PackedMatrix packed(arithmetic, data.w.data(), s.n, s.k, s.k);
    std::vector<float> all(static_cast<size_t>(s.m * s.n)), alone(static_cast<size_t>(s.n));
    multiply(packed, s.m, data.x.data(), s.k, {}, all.data(), s.n);
    for (int64_t i = 0; i < s.m; ++i) {
      multiply(packed, 1, data.x.data() + i * s.k, s.k, {}, alone.data(), s.n);
      ASSERT_EQ(alone, std::vector<float>(all.begin() + i * s.n, all.begin() + (i + 1) * s.n))
          << "row " << i;
    }
  }
}

TEST(PackedMatrix, BitsDoNotDependOnTheNumberOfThreads) {
  const Shape s{203, 517, 300};
  const Data data(s);
  const int before = thread_count();
  for (const Arithmetic arithmetic : kAll) {
    std::vector<float> first;
    for (int threads : {1, 2, 3}) {
      set_thread_count(threads);
      const PackedMatrix packed(arithmetic, data.w.data(), s.n, s.k, s.k);
      std::vector<float> y(static_cast<size_t>(s.m * s.n));
      multiply(packed, s.m, data.x.data(), s.k, {data.bias.data(), Activation::kGelu}, y.data(),
               s.n);
      if (first.empty()) first = y;
      EXPECT_EQ(y, first) << threads << " threads";
    }
  }
  set_thread_count(before);
}

TEST(PackedMatrix, NativeInt8SumsEqualThePortableOnes) {
  const detail::ProductKernels native = detail::int8_kernels(),
                               portable = detail::int8_kernels(false);
  const std::vector<float> a = normal_values(1, 14 * 40), b = normal_values(2, 4 * 32 * 40);
  const auto* left = reinterpret_cast<const uint32_t*>(a.data());
  const auto* right = reinterpret_cast<const uint32_t*>(b.data());
  for (int rows = 1; rows <= 14; ++rows) {
    std::vector<uint32_t> one(14 * 32), other(14 * 32);
    native.tile(rows, 40, left, rows, right, 32, one.data());
    portable.tile(rows, 40, left, rows, right, 32, other.data());
    EXPECT_EQ(one, other) << rows << " rows";
  }
  for (int panels = 1; panels <= 4; ++panels) {
    std::vector<uint32_t> one(4 * 32), other(4 * 32);
    native.vector(panels, 40, left, right, 40 * 32, one.data());
    portable.vector(panels, 40, left, right, 40 * 32, other.data());
    EXPECT_EQ(one, other) << panels << " panels";
  }
}

TEST(PackedMatrix, PortableBFloat16KernelEqualsDoubleReference) {
  const detail::ProductKernels portable = detail::bfloat16_kernels(false);
  const uint32_t two_and_three = 0x40404000u;  // low half 2.0, high half 3.0
  std::vector<uint32_t> a(14, two_and_three), b(32, two_and_three), tile(14 * 32);
  portable.tile(14, 1, a.data(), 14, b.data(), 32, tile.data());
  for (uint32_t bits : tile) EXPECT_EQ(std::bit_cast<float>(bits), 13.0f);
}

TEST(PackedMatrix, ZeroRowsAndColumnsGiveZeroInInt8) {
  const std::vector<float> zeros(64, 0.0f);
  const PackedMatrix packed(Arithmetic::kInt8, zeros.data(), 4, 16, 16);
  std::vector<float> y(12, 1.0f);
  multiply(packed, 3, zeros.data(), 16, {}, y.data(), 4);
  EXPECT_EQ(y, std::vector<float>(12, 0.0f));
}

TEST(PackedMatrix, RefusesEmptyMatrices) {
  try {
    PackedMatrix(Arithmetic::kFloat32, nullptr, 0, 4, 4);
    FAIL() << "no exception";
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(),
                 "packed matrix: expected outputs, inputs >= 1 and stride >= inputs, got 0, 4, 4");
  }
}

TEST(Gemv, EqualsTheProductOfOneRow) {
  for_each_target([] {
    for (const Arithmetic arithmetic : kAll) {
      const Shape s{1, 300, 77};
      const Data data(s);
      const PackedMatrix packed(arithmetic, data.w.data(), s.n, s.k, s.k);
      std::vector<float> want(300), got(300, -1.0f), sum = data.residual;
      multiply(packed, 1, data.x.data(), s.k, {}, want.data(), s.n);
      gemv(packed, data.x.data(), false, got.data());
      EXPECT_EQ(got, want);
      gemv(packed, data.x.data(), true, sum.data());
      for (int64_t i = 0; i < 300; ++i) EXPECT_EQ(sum[i], want[i] + data.residual[i]);
    }
  });
}

}  // namespace
}  // namespace limbeck::nlp::kernel
