#include "fairness/template/template_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fairness/audit/work_list.h"
#include "fairness/template/agreement.h"
#include "fairness/template/intersection.h"
#include "fairness/template/lint.h"
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
  const AttributeValue editor{"editor", "editor", "she", "", false, {}},
      user{"user", "user", "he", "", false, {}};
  EXPECT_EQ(
      fill_template("{A} {value} lost {his} key; I met {a} {value} and {he} saw {him}.", editor),
      "An editor lost her key; I met an editor and she saw her.");
  EXPECT_EQ(fill_template("{a} {value}", user), "a user");
  const AttributeValue they{"Kim Lee", "x", "they", "", false, {}};
  EXPECT_EQ(fill_template("{value}: {he} {his} {him}", they), "Kim Lee: they their them");
  EXPECT_EQ(fill_template("{value} {is} here. {He} said {he is} tired of {himself}.", they),
            "Kim Lee is here. They said they are tired of themselves.");
  const AttributeValue many{"old men", "x", "they", "", true, {}};
  EXPECT_EQ(fill_template("{Value} {was} there; the {value} walk{s} and {has} time", many),
            "Old men were there; the old men walk and have time");
  EXPECT_EQ(fill_template("the {value} walk{s}, {was}, {has}; {he was}", editor),
            "the editor walks, was, has; she was");
}

TEST(TemplateSet, CapitalsAreThoseOfAnyAlphabet) {
  const auto slot = [](const std::string& text) {
    return fill_slot("Value", {text, "x", "", "", false, {}});
  };
  EXPECT_EQ(slot("nurse"), "Nurse");
  EXPECT_EQ(slot("\u00E9migr\u00E9"), "\u00C9migr\u00E9");
  EXPECT_EQ(slot("\u043C\u0430\u0440\u0438\u044F"), "\u041C\u0430\u0440\u0438\u044F");
  EXPECT_EQ(slot("\u01C9ubica"), "\u01C8ubica");  // lj: title case, not upper case
  EXPECT_EQ(slot("\u6771\u4EAC"), "\u6771\u4EAC");
  EXPECT_EQ(slot("3D artist"), "3D artist");
  EXPECT_EQ(slot(""), "");
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
  EXPECT_EQ(error_message<ConfigError>([] { builtin_template_set("hair"); }),
            "attribute 'hair' is not one of: age, country, gender, name, nationality, occupation, "
            "pronoun, "
            "religion (give others with --templates)");
}

TEST(TemplateSet, UnsoundFilesAreNamed) {
  EXPECT_EQ(refused(R"({"templates": []})"), "t.json: key 'attribute': expected a name, got none");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["I am"], "values": ["a", "b"]})"),
            "t.json: template 1: expected the slot {value}");
  EXPECT_EQ(
      refused(R"({"attribute": "x", "templates": ["{value} {who}"], "values": ["a", "b"]})"),
      "t.json: template 1: unknown slot {who}; known: {value}, {Value}, {a}, {A}, {is}, {was}, "
      "{has}, {s}, {he}, {He}, {his}, {His}, {him}, {himself}, {he is}, {he was}, {he has}");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value"], "values": ["a", "b"]})"),
            "t.json: template 1: '{' without '}'");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value}"], "values": ["a", "a"]})"),
            "t.json: value 2: 'a' stands there twice");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value} is", "b", "{Value} is"],
                  "values": ["A", "c"]})"),
            "t.json: template 2: expected the slot {value}");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value} is", "{Value} is"],
                  "values": ["A", "c"]})"),
            "t.json: template 2 with 'A': 'A is' is the prompt of template 1 with 'A'");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{Value} is"], "values": ["a", "A"]})"),
            "t.json: template 1 with 'A': 'A is' is the prompt of template 1 with 'a'");
  EXPECT_EQ(refused(R"({"attribute": "x", "templats": ["{value}"], "values": ["a", "b"]})"),
            "t.json: unknown key \"templats\"; known: attribute, role, templates, "
            "combined_templates, values");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value}"],
                        "values": [{"text": "a", "grup": "g"}, "b"]})"),
            "t.json: value 1: unknown key \"grup\"; known: text, group, pronoun, article, number");
  EXPECT_EQ(refused(R"({"attribute": "x", "templates": ["{value}"], "values": ["a", ""]})"),
            "t.json: value 2: expected a text");
  EXPECT_EQ(
      refused(
          "{\"attribute\": \"x\", \"templates\": [\"{value}\"], \"values\": [\"a\", \" \u200b\"]}"),
      "t.json: value 2: expected a text with a visible character");
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

TEST(TemplateSet, TheLinterSeesEverydayWordsAndCase) {
  const TemplateSet set = parse_template_set(
      R"({"attribute": "x", "templates": ["{value}"], "values": ["Will", "Oslo", "oslo"]})", "t");
  EXPECT_THAT(lint(set), testing::ElementsAre("'Will' is also an everyday word",
                                              "'Oslo' and 'oslo' differ in case alone"));
}

TEST(TemplateSet, TheLinterSeesValuesOfTwoSets) {
  const TemplateSet cities = parse_template_set(
      R"({"attribute": "city", "templates": ["{value}"], "values": ["Rome", "Oslo"]})", "t");
  const TemplateSet names = parse_template_set(
      R"({"attribute": "name", "templates": ["{value}"], "values": ["rome", "Ada"]})", "t");
  EXPECT_THAT(lint_shared(cities, {cities, names}),
              testing::ElementsAre("'Rome' is a value of name too"));
  EXPECT_THAT(lint_shared(names, {cities, names}),
              testing::ElementsAre("'rome' is a value of city too"));
  EXPECT_THAT(lint_shared(names, {names}), testing::IsEmpty());
}

TEST(TemplateSet, TheLinterSeesHowTheTokenizerCutsValues) {
  const TemplateSet set = parse_template_set(
      R"({"attribute": "x", "templates": ["{value}"], "values": [{"text": "a", "group": "g"},
          {"text": "b", "group": "g"}, {"text": "c", "group": "h"}]})",
      "t");
  EXPECT_THAT(lint_pieces(set, {1, 1, 1}), testing::IsEmpty());
  EXPECT_THAT(
      lint_pieces(set, {1, 1, 4}),
      testing::ElementsAre("the tokenizer cuts most values into 1 piece, but 'c' into 4",
                           "group 'g' is cut into 1.0 pieces a value on average, 'h' into 4.0"));
}

TEST(TemplateSet, ATableWithTabsIsTheSameSet) {
  const TemplateSet set = parse_template_table(
      "# places\nattribute\tplace\nrole\tnoun\ntemplate\tIn {value} {he is}\r\n\n"
      "value\tRome\tsouth\tshe\nvalue\tthe Alps\tnorth\tthey\t\tplural\n",
      "t.tsv");
  EXPECT_EQ(set.attribute, "place");
  EXPECT_EQ(set.role, ValueRole::kNoun);
  ASSERT_EQ(set.values.size(), 2u);
  EXPECT_EQ(set.values[0].group, "south");
  EXPECT_TRUE(set.values[1].is_plural);
  EXPECT_EQ(fill_template(set.templates[0], set.values[1]), "In the Alps they are");
  const auto refused = [](const std::string& table) {
    return error_message<DataError>([&] { parse_template_table(table, "t.tsv"); });
  };
  EXPECT_EQ(refused("attribute\tx\nvalues\ta\n"),
            "t.tsv:2: expected attribute, role, template, combined or value, got 'values'");
  EXPECT_EQ(refused("attribute\n"), "t.tsv:1: expected a word and a text with a tab between");
  EXPECT_EQ(refused("value\ta\tb\tc\td\te\tf\n"), "t.tsv:1: expected at most 6 columns, got 7");
  EXPECT_EQ(refused("attribute\t\xff\n"), "t.tsv:1: expected UTF-8");
  EXPECT_EQ(refused(""), "t.tsv: key 'attribute': expected a name, got none");
}

TEST(TemplateSet, TheExamplesOfBothFormatsAreEqual) {
  const std::string folder = std::string(LIMBECK_SOURCE_DIR) + "/examples/audit/";
  const TemplateSet table = read_template_set(folder + "cities.tsv"),
                    json = read_template_set(folder + "cities.json");
  EXPECT_EQ(table.attribute, json.attribute);
  EXPECT_EQ(table.templates, json.templates);
  ASSERT_EQ(table.values.size(), json.values.size());
  for (size_t i = 0; i < json.values.size(); ++i) {
    EXPECT_EQ(table.values[i].text, json.values[i].text);
    EXPECT_EQ(table.values[i].group, json.values[i].group);
    EXPECT_EQ(table.values[i].is_plural, json.values[i].is_plural);
  }
  EXPECT_EQ(fill_template(table.templates[1], table.values[3]), "The Azores are known for");
}

TEST(Intersection, ValuesAreAllCombinationsUpToTheOrder) {
  const std::vector<TemplateSet> sets = {builtin_template_set("age"),
                                         builtin_template_set("gender"),
                                         builtin_template_set("occupation")};
  const std::vector<TemplateSet> two = intersections(sets, 2);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].attribute, "age x occupation");
  EXPECT_EQ(two[1].attribute, "gender x occupation");
  EXPECT_EQ(two[1].values.size(), 3u * 29u);
  EXPECT_EQ(two[1].values[0].text, "male attendant");
  EXPECT_EQ(two[1].groups(), (std::vector<std::string>{"male", "female", "non-binary"}));
  EXPECT_EQ(two[1].templates.size(), 10u);
  const std::vector<TemplateSet> three = intersections(sets, 3);
  ASSERT_EQ(three.size(), 3u);
  EXPECT_EQ(three[2].attribute, "age x gender x occupation");
  EXPECT_EQ(three[2].values.size(), 5u * 3u * 29u);
  const AttributeValue& value = three[2].values[3 * 29 * 2 + 29];
  EXPECT_EQ(value.text, "elderly female attendant");
  EXPECT_EQ(value.group, "elderly female");
  EXPECT_EQ(value.parts, (std::vector<std::string>{"elderly", "female", "attendant"}));
  EXPECT_EQ(fill_template("{A} {value} and {he}", value), "An elderly female attendant and she");
  EXPECT_EQ(error_message<ConfigError>([&] {
              intersections({sets[0], sets[1]}, 2);
            }),
            "intersections: expected an attribute whose values are modifiers (age, gender, "
            "nationality, religion) and one whose values are nouns (occupation)");
}

TEST(Intersection, ComparesValuesThatDifferInOnePart) {
  const AttributeValue a{"male nurse", "", "", "", false, {"male", "nurse"}},
      b{"female nurse", "", "", "", false, {"female", "nurse"}},
      c{"female cook", "", "", "", false, {"female", "cook"}},
      plain{"Italy", "", "", "", false, {}};
  EXPECT_TRUE(is_counterfactual_pair(a, b));
  EXPECT_TRUE(is_counterfactual_pair(b, c));
  EXPECT_FALSE(is_counterfactual_pair(a, c));
  EXPECT_TRUE(is_counterfactual_pair(plain, plain));
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
