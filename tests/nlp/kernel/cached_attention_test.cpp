#include "nlp/kernel/cached_attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "tests/nlp/kernel/each_target.h"
#include "tests/support/error_message.h"

namespace limbeck::nlp::kernel {
namespace {

/// Keys as rows, and the same in panels.
struct Part {
  Part(int64_t count, int64_t width, RandomStream& random) : tokens(count), head_width(width) {
    const int64_t padded = (count + 31) / 32 * 32 + 32;
    panels.resize(static_cast<size_t>(padded * width),
                  std::nanf(""));  // beyond the tokens: garbage
    values.resize(static_cast<size_t>(count * width + 32), std::nanf(""));
    for (int64_t t = 0; t < count; ++t)
      for (int64_t i = 0; i < width; ++i) {
        keys.push_back(static_cast<float>(random.normal()));
        panels[static_cast<size_t>((t / 32 * width + i) * 32 + t % 32)] = keys.back();
        values[static_cast<size_t>(t * width + i)] = static_cast<float>(random.normal());
      }
  }
  KeyValues view() const { return {panels.data(), values.data(), tokens}; }
  int64_t tokens, head_width;
  std::vector<float> keys, panels, values;
};

/// Output of one query in float64.
std::vector<double> reference(const float* query, const std::vector<const Part*>& parts,
                              int64_t visible, int64_t width, float scale) {
  std::vector<double> scores, out(static_cast<size_t>(width));
  double most = -1e300, sum = 0;
  const auto count = [&](size_t p) { return p + 1 == parts.size() ? visible : parts[p]->tokens; };
  for (size_t p = 0; p < parts.size(); ++p)
    for (int64_t t = 0; t < count(p); ++t) {
      double score = 0;
      for (int64_t i = 0; i < width; ++i)
        score += static_cast<double>(query[i]) * parts[p]->keys[static_cast<size_t>(t * width + i)];
      scores.push_back(score * scale);
      most = std::max(most, scores.back());
    }
  for (double& score : scores) sum += score = std::exp(score - most);
  size_t at = 0;
  for (size_t p = 0; p < parts.size(); ++p)
    for (int64_t t = 0; t < count(p); ++t, ++at)
      for (int64_t i = 0; i < width; ++i)
        out[static_cast<size_t>(i)] +=
            scores[at] / sum * parts[p]->values[static_cast<size_t>(t * width + i)];
  return out;
}

struct Case {
  int64_t prefix, own, width;
  int group, tokens;
};

void check(const Case& c) {
  RandomStream random(1, "attention");
  const Part prefix(c.prefix, c.width, random), own(c.own, c.width, random);
  std::vector<const Part*> parts;
  if (c.prefix > 0) parts.push_back(&prefix);
  parts.push_back(&own);
  std::vector<KeyValues> views;
  for (const Part* part : parts) views.push_back(part->view());
  const int64_t stride = c.group * c.width + 5;
  std::vector<float> query(static_cast<size_t>(c.tokens * stride)), output(query.size());
  for (float& value : query) value = static_cast<float>(random.normal());
  const int64_t visible = c.own - c.tokens + 1;
  const float scale = 1 / std::sqrt(static_cast<float>(c.width));
  attend_cached({c.width, scale, c.group, c.tokens, query.data(), stride, views, visible,
                 output.data(), stride});
  for (int t = 0; t < c.tokens; ++t)
    for (int g = 0; g < c.group; ++g) {
      const int64_t at = t * stride + g * c.width;
      const auto want = reference(query.data() + at, parts, visible + t, c.width, scale);
      std::vector<float> alone(static_cast<size_t>(c.width));
      attend_cached({c.width, scale, 1, 1, query.data() + at, stride, views, visible + t,
                     alone.data(), stride});
      for (int64_t i = 0; i < c.width; ++i) {
        const float got = output[static_cast<size_t>(at + i)];
        ASSERT_NEAR(got, want[static_cast<size_t>(i)], 5e-6) << t << " " << g << " " << i;
        // Alone, a query has the same bits; it sees only part of the last part.
        ASSERT_EQ(got, alone[static_cast<size_t>(i)]) << t << " " << g << " " << i;
      }
    }
}

TEST(CachedAttention, EqualsTheFormulaForPrefixesGroupsAndWidths) {
  for_each_target([] {
    for (const Case& c : {Case{0, 1, 64, 3, 1}, Case{11, 5, 64, 3, 1}, Case{0, 40, 64, 3, 4},
                          Case{33, 70, 16, 2, 7}, Case{64, 14, 48, 1, 14}, Case{1, 9, 128, 8, 1}})
      check(c);
  });
}

TEST(CachedAttention, TooManyRowsAreRefused) {
  const std::vector<float> zeros(4096);
  std::vector<float> out(4096);
  const KeyValues part{zeros.data(), zeros.data(), 1};
  EXPECT_EQ(test::error_message<ShapeError>([&] {
              attend_cached({16, 1, 5, 3, zeros.data(), 80, {&part, 1}, 1, out.data(), 80});
            }),
            "attend_cached: expected 1 to 14 query rows and at least one key");
}

}  // namespace
}  // namespace limbeck::nlp::kernel
