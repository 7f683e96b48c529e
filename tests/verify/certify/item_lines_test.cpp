#include "verify/certify/item_lines.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>

namespace limbeck::verify {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

WordModel two_words() {
  return WordModel({"a", "b"}, torch::eye(2), [](const at::Tensor& x) { return x.mean(1); });
}

const CandidateSentence kSentence = {"a b", 1, {}};

nlohmann::ordered_json margins_line(double lower, double attack) {
  WordResult result;
  result.lower = lower, result.attack = attack;
  return synonym_line(0, kSentence, {.words = {0, 0, 1, 1}}, result, two_words());
}

// What is proved may only become less by rounding, and keeps its sign.
TEST(ItemLines, AProvedMarginIsRoundedDown) {
  for (const double value :
       {0.12345678, -0.12345678, 1e-7, -1e-7, 123456789.0, 5e-324, 1e308, 0.0, 0.3, -0.3}) {
    const double written = margins_line(value, 1)["margin_proved"];
    EXPECT_LE(written, value);
    EXPECT_GE(written, value - 1e-5 * std::abs(value));
    EXPECT_EQ(written > 0, value > 0);
  }
  EXPECT_EQ(margins_line(0.12345678, 1)["margin_proved"].dump(), "0.123456");
  EXPECT_EQ(margins_line(-0.12345678, 1)["margin_proved"].dump(), "-0.123457");
  EXPECT_TRUE(margins_line(-kInfinity, 1)["margin_proved"].is_null());
  EXPECT_TRUE(margins_line(0, kInfinity)["margin_seen"].is_null());
  EXPECT_EQ(margins_line(0, 0.12345678)["margin_seen"].dump(), "0.123457");
}

std::string state_of(bool is_right, std::vector<Radius> radii) {
  return radius_line(0, kSentence, {.words = {0, 0, 1, 1}},
                     {.is_right = is_right, .is_each_word = true, .radii = std::move(radii)},
                     two_words())["state"];
}

TEST(ItemLines, StatesOfRadii) {
  EXPECT_EQ(state_of(true, {{.certified = 1}, {.certified = 2}}), "certified");
  EXPECT_EQ(state_of(true, {{.certified = 1}, {.certified = 0}}), "unknown");
  EXPECT_EQ(state_of(true, {{.certified = 1}, {.certified = 2, .is_late = true}}), "timeout");
  EXPECT_EQ(state_of(false, {{}, {}}), "falsified");
}

TEST(ItemLines, ARadiusHasItsEndsAndWhatWasUnbounded) {
  const auto line = radius_line(
      3, kSentence, {.words = {0, 0, 1, 1}, .label = 1},
      {.is_right = true,
       .is_each_word = true,
       .radii = {{.certified = 0.5, .refused = 0.75, .flipped = 1.5},
                 {.certified = 0, .refused = 1e-9, .reason = "log #2 (log) is unbounded"}}},
      two_words());
  EXPECT_EQ(line.dump(), R"({"index":3,"sentence":"a b","label":1,"state":"unknown","words":[)"
                         R"({"position":1,"word":"a","radius":0.5,"refused":0.75,"flipped":1.5},)"
                         R"({"position":2,"word":"b","radius":0.0,"refused":1e-09,"flipped":null,)"
                         R"("unbounded":"log #2 (log) is unbounded"}]})");
}

}  // namespace
}  // namespace limbeck::verify
