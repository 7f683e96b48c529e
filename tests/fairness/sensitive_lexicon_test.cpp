#include "fairness/counterfactual/sensitive_lexicon.h"

#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"

namespace limbeck::fairness {
namespace {

SensitiveLexicon lexicon() {
  const std::vector<TemplateSet> sets = {
      parse_template_set(R"({"attribute": "place", "templates": ["In {value}"],
                             "values": ["Guinea", "Guinea Bissau", "Iran", "Oslo"]})",
                         "places"),
      parse_template_set(
          R"({"attribute": "job", "templates": ["{A} {value}"],
              "values": ["nurse", "editor", {"text": "hourly clerk", "article": "an"}]})",
          "jobs")};
  return SensitiveLexicon(sets);
}

std::vector<std::string> found_in(const std::string& text) {
  const SensitiveLexicon all = lexicon();
  std::vector<std::string> found;
  for (const Mention& mention : all.find(text)) {
    const std::string& value = all.values()[static_cast<size_t>(mention.value)].text;
    EXPECT_EQ(text.substr(static_cast<size_t>(mention.bytes.begin),
                          static_cast<size_t>(mention.bytes.end - mention.bytes.begin)),
              value);
    found.push_back(value);
  }
  return found;
}

TEST(SensitiveLexicon, FindsWholeWordsInTheirCaseAndTheLongestFirst) {
  using Words = std::vector<std::string>;
  EXPECT_EQ(found_in("From Oslo to Guinea Bissau, not Guinea; Iran's nurse."),
            (Words{"Oslo", "Guinea Bissau", "Guinea", "Iran", "nurse"}));
  EXPECT_EQ(found_in("Iranian nurses in oslo"), Words{});
  EXPECT_EQ(found_in(""), Words{});
}

TEST(SensitiveLexicon, AValueIsExchangedForOthersOfItsAttribute) {
  const SensitiveLexicon all = lexicon();
  EXPECT_EQ(all.alternatives(2), (std::vector<int64_t>{0, 1, 3}));
  EXPECT_EQ(all.alternatives(4), (std::vector<int64_t>{5, 6}));
}

TEST(SensitiveLexicon, ThePrefixStopsAtTheValueAndItsArticleAgrees) {
  const SensitiveLexicon all = lexicon();
  const auto swapped = [&](const std::string& text, int64_t value) {
    return all.swapped_prefix(text, all.find(text).front(), value);
  };
  EXPECT_EQ(swapped("We saw Iran and more", 1), "We saw Guinea Bissau");
  EXPECT_EQ(swapped("She met a nurse there", 5), "She met an editor");
  EXPECT_EQ(swapped("An editor came", 4), "A nurse");
  EXPECT_EQ(swapped("A nurse", 6), "An hourly clerk");
  EXPECT_EQ(swapped("Plan a, nurse", 5), "Plan a, editor");
  EXPECT_EQ(swapped("Nova nurse", 5), "Nova editor");
}

TEST(SensitiveLexicon, AValueOfTwoAttributesIsRefused) {
  const TemplateSet set = parse_template_set(
      R"({"attribute": "a", "templates": ["{value}"], "values": ["x", "y"]})", "a");
  TemplateSet other = set;
  other.attribute = "b";
  const std::vector<TemplateSet> both = {set, other};
  EXPECT_EQ(test::error_message<ConfigError>([&] { SensitiveLexicon{both}; }),
            "value 'x' stands in the attributes 'a' and 'b'");
}

}  // namespace
}  // namespace limbeck::fairness
