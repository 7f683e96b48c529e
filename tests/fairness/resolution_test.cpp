#include "fairness/audit/resolution.h"

#include <gtest/gtest.h>

#include "fairness/statistics/sign_flip.h"

namespace limbeck::fairness {
namespace {

TEST(Resolution, PermutationsAreRaisedToWhatTheFamilyNeeds) {
  PermutationOptions options;
  EXPECT_EQ(options.for_family(50), 1000);  // 50 / 1000 is alpha but for rounding: one more
  EXPECT_EQ(options.for_family(49), 999);
  EXPECT_EQ(options.for_family(78), 1560);
  EXPECT_LE(78.0 / (1 + static_cast<double>(options.for_family(78))), options.alpha);
  options.alpha = 1e-9;
  EXPECT_EQ(options.for_family(1), kMostRefined);
  options.permutations = 500'000;
  EXPECT_EQ(options.for_family(1), 500'000);
}

// Three attributes by six scorers once had 54 parity tests with 999 permutations: none could fail.
TEST(Resolution, ManyFindingsGetMorePermutations) {
  const TemplateSet set = parse_template_set(
      R"({"attribute": "x", "templates": ["{value}"], "values": ["a", "b", "c"]})", "t.json");
  AuditOptions options;
  fit_permutations({set, set, set}, 6, options);
  EXPECT_EQ(options.permutation.permutations, 1080);
  EXPECT_EQ(options.permutation.pair_family, 3 * 3 * 6);
  fit_permutations({set}, 2, options = {});
  EXPECT_EQ(options.permutation.permutations, 999);
  EXPECT_EQ(options.permutation.pair_family, 6);
}

TEST(Resolution, WhatNoTestCanShowIsSaid) {
  EXPECT_EQ(resolution_note(999, 50, 0.05), "");
  EXPECT_EQ(resolution_note(999, 78, 0.05),
            " With 999 permutations no p by Holm of 78 tests can reach alpha: --permutations 1560 "
            "or more can.");
  EXPECT_EQ(sign_flip_note({}, 0.05), "");
  EXPECT_EQ(sign_flip_note({10, 10, 10}, 0.05), "");
  EXPECT_EQ(sign_flip_note({4}, 0.05),
            "with 4 templates and 1 tests no p by Holm of a sign-flip test is below 0.0625 (alpha "
            "0.05): no change can be shown");
  EXPECT_EQ(sign_flip_note({5}, 0.05), "");
  EXPECT_EQ(sign_flip_note({5, 5}, 0.05),
            "with 5 templates and 2 tests no p by Holm of a sign-flip test is below 0.0625 (alpha "
            "0.05): no change can be shown");
}

// Holm multiplies the smallest p by all tests, the next by one fewer.
TEST(Resolution, TestsOfMoreTemplatesComeFirst) {
  const std::vector<double> least = least_sign_flip_holm({4, 10, 10});
  EXPECT_EQ(least[0], 1.0 / 16);
  EXPECT_EQ(least[1], 3.0 / 1024);
  EXPECT_EQ(least_sign_flip_p(0), 1);
  EXPECT_EQ(least_sign_flip_p(16), 1.0 / 65536);
  EXPECT_EQ(least_sign_flip_p(17), 1e-4);
  EXPECT_EQ(least_exchange_p(10), 1.0 / 1024);
  EXPECT_EQ(least_exchange_p(11), 1e-3);
}

}  // namespace
}  // namespace limbeck::fairness
