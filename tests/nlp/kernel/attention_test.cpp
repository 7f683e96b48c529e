#include "nlp/kernel/attention.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nlp/kernel/layer_norm.h"
#include "tests/nlp/kernel/each_target.h"

namespace limbeck::nlp::kernel {
namespace {

/// softmax(scale q k^T) v of one head in float64.
std::vector<double> reference(const SelfAttention& s, int64_t head) {
  std::vector<double> out(static_cast<size_t>(s.tokens * s.head_width), 0.0);
  for (int64_t i = 0; i < s.tokens; ++i) {
    std::vector<double> scores(static_cast<size_t>(s.tokens));
    double most = -1e300, sum = 0;
    for (int64_t j = 0; j < s.tokens; ++j) {
      for (int64_t c = 0; c < s.head_width; ++c)
        scores[j] += static_cast<double>(s.query[i * s.stride + head * s.head_width + c]) *
                     s.key[j * s.stride + head * s.head_width + c];
      most = std::max(most, scores[j] *= s.scale);
    }
    for (double& score : scores) sum += score = std::exp(score - most);
    for (int64_t j = 0; j < s.tokens; ++j)
      for (int64_t c = 0; c < s.head_width; ++c)
        out[i * s.head_width + c] +=
            scores[j] / sum * s.value[j * s.stride + head * s.head_width + c];
  }
  return out;
}

void check(int64_t tokens, int64_t heads, int64_t head_width, float spread) {
  const int64_t width = heads * head_width;
  std::vector<float> rows = normal_values(1, 3 * tokens * width + 32);
  for (float& value : rows) value *= spread;
  std::vector<float> out(static_cast<size_t>(tokens * width), -7.0f);
  const SelfAttention s{tokens,      head_width,          0.25f,
                        rows.data(), rows.data() + width, rows.data() + 2 * width,
                        3 * width,   out.data(),          width};
  self_attention(s, 1, heads);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t c = 0; c < head_width; ++c)
      ASSERT_EQ(out[t * width + c], -7.0f) << "head 0 was not asked for";
  for (int64_t head = 1; head < heads; ++head) {
    const std::vector<double> want = reference(s, head);
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t c = 0; c < head_width; ++c)
        // A score of size spread^2 d / 4 keeps 2^-24 of it, which moves its weight by as much; then
        // sums of weights.
        ASSERT_NEAR(out[t * width + head * head_width + c], want[t * head_width + c],
                    (4e-6 + 2e-7 * spread * spread * head_width) * spread)
            << tokens << " tokens, width " << head_width << " at " << t << "," << c;
  }
}

TEST(SelfAttention, EqualsDoubleReferenceOnEveryInstructionSet) {
  for_each_target([] {
    for (const int64_t tokens : {1, 2, 13, 14, 15, 32, 33, 100})
      for (const int64_t head_width : {1, 8, 32, 40, 64}) check(tokens, 3, head_width, 1.0f);
  });
}

TEST(SelfAttention, StaysFiniteWhenScoresAreFarApart) { check(40, 2, 32, 6.0f); }

TEST(LayerNorm, EqualsDoubleReferenceOnEveryInstructionSet) {
  for_each_target([] {
    for (const int64_t width : {1, 3, 16, 31, 384, 1000}) {
      std::vector<float> x = normal_values(1, 3 * width), gain = normal_values(2, width),
                         bias = normal_values(3, width);
      for (int64_t j = 0; j < width; ++j) x[width + j] += 50.0f;  // a mean far from 0
      std::vector<float> y(x.size());
      layer_norm(3, width, x.data(), width, gain.data(), bias.data(), 1e-5f, y.data(), width);
      for (int64_t row = 0; row < 3; ++row) {
        double mean = 0, variance = 0;
        for (int64_t j = 0; j < width; ++j) mean += x[row * width + j] / static_cast<double>(width);
        for (int64_t j = 0; j < width; ++j)
          variance += std::pow(x[row * width + j] - mean, 2) / static_cast<double>(width);
        const double scale = 1 / std::sqrt(variance + 1e-5);
        for (int64_t j = 0; j < width; ++j) {
          const double want = (x[row * width + j] - mean) * scale * gain[j] + bias[j];
          // the mean keeps 2^-23 of itself for each of a few roundings, times scale and gain
          ASSERT_NEAR(
              y[row * width + j], want,
              1e-6 * (2 + std::abs(want)) + 1e-6 * std::abs(mean) * scale * std::abs(gain[j]))
              << "width " << width << " at " << row << "," << j;
        }
      }
    }
  });
}

TEST(LayerNorm, WorksInPlace) {
  std::vector<float> x = normal_values(1, 40), y(40);
  const std::vector<float> gain(20, 2.0f), bias(20, 1.0f);
  layer_norm(2, 20, x.data(), 20, gain.data(), bias.data(), 1e-12f, y.data(), 20);
  layer_norm(2, 20, x.data(), 20, gain.data(), bias.data(), 1e-12f, x.data(), 20);
  EXPECT_EQ(x, y);
}

}  // namespace
}  // namespace limbeck::nlp::kernel
