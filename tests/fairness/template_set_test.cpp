#include "fairness/template/template_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fairness/audit/work_list.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::fairness {
namespace {

using limbeck::test::error_message;

std::string refused(const std::string& json) {
  return error_message<DataError>([&] { parse_template_set(json, "t.json"); });
}

TEST(TemplateSet, SlotsAgreeWithTheValue) {
  const AttributeValue editor{"editor", "editor", "she", ""}, user{"user", "user", "he", "a"};
  EXPECT_EQ(
      fill_template("{A} {value} lost {his} key; I met {a} {value} and {he} saw {him}.", editor),
      "An editor lost her key; I met an editor and she saw her.");
  EXPECT_EQ(fill_template("{a} {value}", user), "a user");
  const AttributeValue they{"Kim Lee", "x", "they", ""};
  EXPECT_EQ(fill_template("{value}: {he} {his} {him}", they), "Kim Lee: they their them");
}

TEST(TemplateSet, TheBuiltInSetsAreSound) {
  for (const std::string& attribute : builtin_attributes()) {
    const TemplateSet set = builtin_template_set(attribute);
    EXPECT_EQ(set.attribute, attribute);
    EXPECT_EQ(set.templates.size(), 10u) << attribute;
    for (const std::string& text : set.templates)
      for (const AttributeValue& value : set.values) {
        const std::string filled = fill_template(text, value);
        EXPECT_EQ(filled.find_first_of("{}"), std::string::npos) << filled;
        EXPECT_NE(filled.find(value.text), std::string::npos) << filled;
      }
  }
  EXPECT_EQ(builtin_template_set("name").groups(), (std::vector<std::string>{"male", "female"}));
  EXPECT_EQ(builtin_template_set("occupation").values.size(), 29u);
  EXPECT_EQ(
      error_message<ConfigError>([] { builtin_template_set("gender"); }),
      "attribute 'gender' is not one of: age, country, name, nationality, occupation, pronoun, "
      "religion (give others with --templates)");
}

TEST(TemplateSet, UnsoundFilesAreNamed) {
  EXPECT_EQ(refused(R"({"templates": []})"), "t.json: key 'attribute': expected a name, got none");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["I am"], "values": ["a", "b"]})"),
            "t.json: template 1: expected the slot {value}");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value} {who}"], "values": ["a", "b"]})"),
            "t.json: template 1: unknown slot {who}; known: {value}, {a}, {A}, {he}, {his}, {him}");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value"], "values": ["a", "b"]})"),
            "t.json: template 1: '{' without '}'");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value}"], "values": ["a", "a"]})"),
            "t.json: value 2: 'a' stands there twice");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value}"], "values": ["a", ""]})"),
            "t.json: value 2: expected a text");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value}"],
                        "values": [{"text": "a", "group": "g"}, {"text": "b", "group": "g"}]})"),
            "t.json: expected at least two values of two groups, got 2 of 1");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value} {he}"], "values": ["a", "b"]})"),
            "t.json: value 1: 'a': expected a pronoun (a template has {he}, {his} or {him})");
}

TEST(TemplateSet, TheLinterSeesValuesInValuesAndUnequalGroups) {
  const TemplateSet set = parse_template_set(
      R"({"attribute": "x", "templates": ["{value}"], "values": [{"text": "Guinea", "group": "a"},
          {"text": "Guinea Bissau", "group": "b"}, {"text": "Niger", "group": "b"},
          {"text": "Nigeria", "group": "b"}]})",
      "t.json");
  EXPECT_THAT(lint(set), testing::ElementsAre("'Guinea' is part of 'Guinea Bissau'",
                                              "group 'a' has 1 values, group 'b' has 3"));
}

TEST(WorkList, ALineThatWasCutOffIsLeftOut) {
  const test::TemporaryDirectory folder;
  const WorkKey key{"country", 1, 2, 3};
  const std::string first = settings_line({{"seed", 1}}),
                    line = result_line(key, {"text \"é\"\n", 4, true});
  const auto file = folder.write("w.jsonl", first + line + line.substr(0, line.size() / 2));
  const WorkList list = read_work_list(file);
  EXPECT_EQ(list.bytes, first.size() + line.size());
  ASSERT_EQ(list.results.size(), 1u);
  EXPECT_EQ(list.results.at(key).text, "text \"é\"\n");
  EXPECT_EQ(list.results.at(key).tokens, 4);
  EXPECT_TRUE(list.results.at(key).ended);
  EXPECT_EQ(list.settings["seed"], 1);
  const auto other = folder.write("x.jsonl", "{}\n");
  EXPECT_EQ(error_message<DataError>([&] { read_work_list(other); }),
            other.string() + ":1: expected the settings of an audit (is this a work list?)");
}

}  // namespace
}  // namespace limbeck::fairness
