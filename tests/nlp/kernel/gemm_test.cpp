#include "nlp/kernel/gemm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "nlp/core/threads.h"
#include "tests/nlp/kernel/each_target.h"

namespace limbeck::nlp::kernel {
namespace {

struct Shape {
  int64_t m, n, k;
  int64_t slack = 0;  ///< added to every leading dimension
};

/// Every path: row panels of each height, one and several passes over k, narrow and wide right
/// sides.
const Shape kShapes[] = {{1, 1, 1},        {1, 33, 7},      {2, 32, 5, 3},   {3, 31, 4, 1},
                         {5, 64, 16},      {13, 40, 33, 2}, {14, 96, 64},    {15, 32, 511, 5},
                         {29, 65, 512},    {43, 100, 513},  {64, 256, 96},   {170, 70, 130, 7},
                         {7, 5, 1500, 11}, {33, 4100, 3},   {4100, 33, 3, 1}};

struct Case {
  Shape shape;
  bool transpose_a, transpose_b;
  float alpha, beta;
};

struct Matrices {
  explicit Matrices(const Case& c)
      : lda((c.transpose_a ? c.shape.m : c.shape.k) + c.shape.slack),
        ldb((c.transpose_b ? c.shape.k : c.shape.n) + c.shape.slack),
        ldc(c.shape.n + c.shape.slack),
        a(normal_values(1, lda * (c.transpose_a ? c.shape.k : c.shape.m))),
        b(normal_values(2, ldb * (c.transpose_b ? c.shape.n : c.shape.k))),
        c(normal_values(3, ldc * c.shape.m)) {}
  int64_t lda, ldb, ldc;
  std::vector<float> a, b, c;
};

void check(const Case& c) {
  Matrices x(c);
  std::vector<float> got = x.c;
  sgemm(c.transpose_a, c.transpose_b, c.shape.m, c.shape.n, c.shape.k, c.alpha, x.a.data(), x.lda,
        x.b.data(), x.ldb, c.beta, got.data(), x.ldc);
  for (int64_t i = 0; i < c.shape.m; ++i) {
    for (int64_t j = 0; j < x.ldc; ++j) {
      const float before = x.c[i * x.ldc + j];
      if (j >= c.shape.n) {
        ASSERT_EQ(got[i * x.ldc + j], before) << "written beyond the row at " << i << "," << j;
        continue;
      }
      double want = 0, magnitude = 0;
      for (int64_t k = 0; k < c.shape.k; ++k) {
        const double term =
            static_cast<double>(c.transpose_a ? x.a[k * x.lda + i] : x.a[i * x.lda + k]) *
            (c.transpose_b ? x.b[j * x.ldb + k] : x.b[k * x.ldb + j]);
        want += term;
        magnitude += std::abs(term);
      }
      want = c.alpha * want + c.beta * before;
      // A sum of k rounded terms: at most k + 4 roundings of the sum of magnitudes (float32 half
      // ulp 2^-24).
      const double bound = (static_cast<double>(c.shape.k) + 4) * 0x1p-24 *
                           (std::abs(c.alpha) * magnitude + std::abs(c.beta * before));
      ASSERT_NEAR(got[i * x.ldc + j], want, bound)
          << "m,n,k " << c.shape.m << "," << c.shape.n << "," << c.shape.k << " at " << i << ","
          << j << " ta " << c.transpose_a << " tb " << c.transpose_b;
    }
  }
}

TEST(Sgemm, EqualsDoubleReferenceOnEveryInstructionSet) {
  for_each_target([] {
    for (const Shape& shape : kShapes)
      for (int transposes = 0; transposes < 4; ++transposes)
        for (const auto& [alpha, beta] : {std::pair{1.0f, 0.0f}, {0.5f, 1.0f}, {-1.5f, 0.25f}})
          check({shape, (transposes & 1) != 0, (transposes & 2) != 0, alpha, beta});
  });
}

TEST(Sgemm, DoesNotReadTheResultWhenBetaIsZero) {
  const std::vector<float> a(6, 1.0f), b(6, 2.0f);
  std::vector<float> c(4, std::numeric_limits<float>::quiet_NaN());
  sgemm(false, false, 2, 2, 3, 1, a.data(), 3, b.data(), 2, 0, c.data(), 2);
  EXPECT_EQ(c, std::vector<float>(4, 6.0f));
}

TEST(Sgemm, ScalesTheResultWhenThereIsNothingToAdd) {
  std::vector<float> c{1, 2, 3, 4};
  sgemm(false, false, 2, 2, 0, 1, nullptr, 1, nullptr, 2, 0.5f, c.data(), 2);
  EXPECT_EQ(c, (std::vector<float>{0.5f, 1, 1.5f, 2}));
}

TEST(Sgemm, BitsDoNotDependOnTheNumberOfThreads) {
  const Case c{{203, 517, 1200, 3}, false, true, 1.25f, 0.5f};
  const Matrices x(c);
  const int before = thread_count();
  std::vector<float> first;
  for (int threads : {1, 2, 3, 5}) {
    set_thread_count(threads);
    std::vector<float> got = x.c;
    sgemm(c.transpose_a, c.transpose_b, c.shape.m, c.shape.n, c.shape.k, c.alpha, x.a.data(), x.lda,
          x.b.data(), x.ldb, c.beta, got.data(), x.ldc);
    if (first.empty()) first = got;
    EXPECT_EQ(got, first) << threads << " threads";
  }
  set_thread_count(before);
}

}  // namespace
}  // namespace limbeck::nlp::kernel
