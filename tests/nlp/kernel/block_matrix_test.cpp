#include "nlp/kernel/block_matrix.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "nlp/kernel/block_tile.h"
#include "nlp/tensor/half.h"
#include "tests/nlp/kernel/each_target.h"

namespace limbeck::nlp::kernel {
namespace {

struct Shape {
  int64_t m, n, k;
};
const Shape kShapes[] = {{1, 1, 1},    {1, 200, 64},   {2, 31, 33},   {3, 33, 95},
                         {14, 64, 96}, {15, 100, 130}, {43, 32, 1537}};

/// Codes of every value, scales of both signs and minima, with the weights that they stand for.
struct Weights {
  Weights(int bits, int64_t outputs, int64_t inputs)
      : matrix(bits, outputs, inputs), values(static_cast<size_t>(outputs * inputs)) {
    RandomStream stream(7, "block matrix test");
    const auto blocks = static_cast<size_t>(matrix.blocks());
    std::vector<uint8_t> codes(32 * blocks);
    std::vector<uint16_t> scales(blocks), minima(blocks);
    for (int64_t row = 0; row < outputs; ++row) {
      for (uint8_t& code : codes)
        code = static_cast<uint8_t>(stream.uniform() * static_cast<double>(1 << bits));
      for (size_t b = 0; b < blocks; ++b) {
        scales[b] = float_to_float16(static_cast<float>(stream.normal()) * 0.01f);
        minima[b] = float_to_float16(static_cast<float>(stream.normal()));
      }
      matrix.set_row(row, codes, scales, minima);
      for (int64_t i = 0; i < inputs; ++i)
        values[static_cast<size_t>(row * inputs + i)] =
            static_cast<double>(float16_to_float(scales[static_cast<size_t>(i / 32)])) *
                codes[static_cast<size_t>(i)] +
            float16_to_float(minima[static_cast<size_t>(i / 32)]);
    }
  }
  BlockMatrix matrix;
  std::vector<double> values;
};

/// What the product sees of x: each 32 values on 255 levels.
std::vector<double> seen(const std::vector<float>& x, int64_t width) {
  std::vector<double> values(x.size());
  for (size_t row = 0; row < x.size(); row += static_cast<size_t>(width)) {
    for (int64_t first = 0; first < width; first += 32) {
      const auto begin = row + static_cast<size_t>(first);
      const auto end = row + static_cast<size_t>(std::min(width, first + 32));
      float most = 0;
      for (size_t i = begin; i < end; ++i) most = std::max(most, std::abs(x[i]));
      for (size_t i = begin; i < end; ++i)
        values[i] = std::nearbyint(x[i] * (127.0f / most)) * static_cast<double>(most / 127.0f);
    }
  }
  return values;
}

void check(int bits, const Shape& s) {
  const Weights weights(bits, s.n, s.k);
  const std::vector<float> x = normal_values(1, s.m * s.k), bias = normal_values(2, s.n),
                           residual = normal_values(3, s.m * s.n);
  std::vector<float> y(static_cast<size_t>(s.m * s.n));
  multiply(weights.matrix, s.m, x.data(), s.k,
           {bias.data(), Activation::kNone, residual.data(), s.n}, y.data(), s.n);
  const std::vector<double> left = seen(x, s.k);
  for (int64_t i = 0; i < s.m; ++i) {
    for (int64_t j = 0; j < s.n; ++j) {
      double sum = bias[static_cast<size_t>(j)], magnitude = std::abs(sum);
      for (int64_t k = 0; k < s.k; ++k) {
        const double term = left[static_cast<size_t>(i * s.k + k)] *
                            weights.values[static_cast<size_t>(j * s.k + k)];
        sum += term;
        magnitude += std::abs(term);
      }
      const auto at = static_cast<size_t>(i * s.n + j);
      // Codes and minima may cancel within a block: both parts count, 256 steps of the scale.
      ASSERT_NEAR(y[at], sum + residual[at],
                  0x1p-24 * (static_cast<double>(s.k) / 8 + 8) * (magnitude * 4 + 5))
          << bits << " bits, shape " << s.m << "," << s.n << "," << s.k << " at " << i << "," << j;
    }
  }
}

TEST(BlockMatrix, EqualsDoubleReferenceOnEveryInstructionSet) {
  for_each_target([] {
    for (const int bits : {4, 8})
      for (const Shape& shape : kShapes) check(bits, shape);
  });
}

TEST(BlockMatrix, NativeTilesEqualThePortableOnes) {
  for (const int bits : {4, 8}) {
    const Weights weights(bits, 32, 96);
    std::vector<uint32_t> units(14 * 24);
    RandomStream stream(1, "block tile test");
    for (uint32_t& unit : units) unit = static_cast<uint32_t>(stream.uniform() * 4294967296.0);
    const std::vector<float> scales = normal_values(1, 42), sums = normal_values(2, 42);
    for (int rows = 1; rows <= 14; ++rows) {
      std::vector<float> native(14 * 32), portable(14 * 32);
      const detail::BlockRows left = {rows, units.data(), scales.data(), sums.data()};
      detail::block_tile_kernel(bits)(left, 3, weights.matrix.panel(0), native.data());
      detail::block_tile_kernel(bits, false)(left, 3, weights.matrix.panel(0), portable.data());
      EXPECT_EQ(native, portable) << rows << " rows of " << bits << " bits";
    }
  }
}

TEST(BlockMatrix, RowDoesNotDependOnTheOtherRowsNorOnThreads) {
  const int before = thread_count();
  for (const int bits : {4, 8}) {
    const Shape s{57, 97, 131};
    const Weights weights(bits, s.n, s.k);
    const std::vector<float> x = normal_values(1, s.m * s.k);
    std::vector<float> all(static_cast<size_t>(s.m * s.n)), alone(static_cast<size_t>(s.n));
    for (const int threads : {1, 3}) {
      set_thread_count(threads);
      multiply(weights.matrix, s.m, x.data(), s.k, {}, all.data(), s.n);
      for (int64_t i = 0; i < s.m; ++i) {
        multiply(weights.matrix, 1, x.data() + i * s.k, s.k, {}, alone.data(), s.n);
        ASSERT_EQ(alone, std::vector<float>(all.begin() + i * s.n, all.begin() + (i + 1) * s.n))
            << "row " << i << ", " << threads << " threads";
      }
    }
  }
  set_thread_count(before);
}

TEST(BlockMatrix, ZeroInputsGiveZero) {
  const Weights weights(4, 5, 64);
  const std::vector<float> x(64, 0.0f);
  std::vector<float> y(5, 1.0f);
  multiply(weights.matrix, 1, x.data(), 64, {}, y.data(), 5);
  EXPECT_EQ(y, std::vector<float>(5, 0.0f));
}

TEST(BlockMatrix, RefusesOtherShapes) {
  const auto message = [](const auto& work) -> std::string {
    try {
      work();
    } catch (const ShapeError& error) {
      return error.what();
    }
    return "no error";
  };
  EXPECT_EQ(message([] { BlockMatrix(5, 1, 1); }),
            "block matrix: expected 4 or 8 bits and outputs, inputs >= 1, got 5, 1, 1");
  BlockMatrix matrix(4, 2, 40);
  const std::vector<uint8_t> codes(64);
  const std::vector<uint16_t> halves(2);
  EXPECT_EQ(message([&] { matrix.set_row(2, codes, halves, halves); }),
            "block matrix: expected a row below 2 of 2 blocks, got row 2, 64 codes, 2 scales, 2 "
            "minima");
  EXPECT_NE(message([&] { matrix.set_row(0, {codes.data(), 40}, halves, halves); }), "no error");
}

}  // namespace
}  // namespace limbeck::nlp::kernel
