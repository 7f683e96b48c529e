#include "nlp/core/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "tests/support/error_message.h"

namespace limbeck {
namespace {

using test::error_message;

struct InnerOptions {
  bool is_fast = false;
  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("is_fast", self.is_fast, "flag");
  }
};

struct SomeOptions {
  std::string name = "x";
  double rate = 0.5;
  int32_t count = 3;
  uint64_t seed = 1;
  std::vector<std::string> words;
  InnerOptions inner;
  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("name", self.name, "text");
    visit("rate", self.rate, "number");
    visit("count", self.count, "integer");
    visit("seed", self.seed, "large integer");
    visit("words", self.words, "list");
    visit("inner", self.inner, "nested");
  }
};

std::string refusal(const char* json) {
  SomeOptions options;
  return error_message<ConfigError>(
      [&] { options_from_json(options, nlohmann::json::parse(json), "c.json"); });
}

TEST(Options, AreJsonInTheOrderOfTheirFields) {
  EXPECT_EQ(options_to_json(SomeOptions{}).dump(),
            R"({"name":"x","rate":0.5,"count":3,"seed":1,"words":[],"inner":{"is_fast":false}})");
  EXPECT_THAT(field_names<SomeOptions>(),
              testing::ElementsAre("name", "rate", "count", "seed", "words", "inner"));
}

TEST(Options, ReadBackAsTheyWereWritten) {
  SomeOptions options;
  options.name = "caf\xC3\xA9";
  options.rate = 0.1;
  options.count = -2147483648;
  options.seed = 18446744073709551615u;
  options.words = {"a", ""};
  options.inner.is_fast = true;
  SomeOptions again;
  options_from_json(again, nlohmann::json::parse(options_to_json(options).dump()), "c.json");
  EXPECT_EQ(options_to_json(again), options_to_json(options));
}

TEST(Options, KeepWhatTheJsonDoesNotName) {
  SomeOptions options;
  options.name = "kept";
  options_from_json(options, nlohmann::json{{"rate", 2}}, "c.json");
  EXPECT_EQ(options.name, "kept");
  EXPECT_EQ(options.rate, 2.0);
}

TEST(Options, RefuseWhatDoesNotFit) {
  EXPECT_EQ(refusal("[]"), "c.json: expected a JSON object, got array");
  EXPECT_EQ(refusal(R"({"nam": 1})"),
            "c.json: unknown key 'nam'; known: name, rate, count, seed, words, inner");
  EXPECT_EQ(refusal(R"({"name": 1})"), "c.json: key 'name': expected string, got 1");
  EXPECT_EQ(refusal(R"({"count": 2.5})"), "c.json: key 'count': expected number, got 2.5");
  EXPECT_EQ(refusal(R"({"count": 2147483648})"),
            "c.json: key 'count': expected number, got 2147483648");
  EXPECT_EQ(refusal(R"({"seed": -1})"), "c.json: key 'seed': expected number, got -1");
  EXPECT_EQ(refusal(R"({"words": [1]})"), "c.json: key 'words': expected array, got [1]");
  EXPECT_EQ(refusal(R"({"inner": {"slow": true}})"),
            "c.json.inner: unknown key 'slow'; known: is_fast");
}

TEST(Json, IsReadDownToAFixedDepth) {
  const auto nested = [](int depth) {
    const auto count = static_cast<size_t>(depth);
    return std::string(count, '[') + std::string(count, ']');
  };
  EXPECT_EQ(json_depth(R"({"a": ["[[", "\"["]})"), 2);
  EXPECT_EQ(parse_json(nested(kMaxJsonDepth), "f").size(), 1u);
  EXPECT_EQ(error_message<DataError>([&] { parse_json(nested(kMaxJsonDepth + 1), "f"); }),
            "f: JSON is nested deeper than 256 levels");
}

}  // namespace
}  // namespace limbeck
