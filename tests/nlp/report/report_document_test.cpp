#include "nlp/report/report_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/report/html_page.h"
#include "tests/nlp/report/sample_report.h"

namespace limbeck::nlp {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The message with which a changed sample report is refused.
template <class Change>
std::string refusal(Change&& change) {
  nlohmann::json json = report_to_json(sample_report());
  change(json);
  try {
    render_html(json, "report.json");
  } catch (const DataError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(ReportDocument, ReadsBackWhatItWrites) {
  const nlohmann::ordered_json written = report_to_json(sample_report());
  const Report read = report_from_json(parse_json(written.dump(), "x"), "x");
  EXPECT_EQ(nlohmann::json(report_to_json(read)), nlohmann::json(written));
}

TEST(ReportDocument, KeepsTheOrderOfItsKeys) {
  const std::string text = report_to_json(sample_report()).dump();
  EXPECT_THAT(text, testing::StartsWith(
                        R"({"schema":"limbeck-report","schema_version":1,"command":"distill",)"));
}

TEST(ReportDocument, WritesAMissingNumberWithItsReason) {
  const nlohmann::ordered_json json = report_to_json(sample_report());
  EXPECT_EQ(json["summary"][5]["value"].dump(), R"({"value":null,"reason":"not measured"})");
  EXPECT_EQ(json["results"]["sst2"].dump(), R"({"value":null,"reason":"not a number"})");
  EXPECT_THAT(json.dump(), Not(HasSubstr("nan")));
}

TEST(ReportDocument, RefusesAnotherSchema) {
  EXPECT_EQ(refusal([](auto& json) { json["schema"] = "other"; }),
            "report.json: /schema: expected 'limbeck-report', got \"other\"");
  EXPECT_EQ(
      refusal([](auto& json) { json["schema_version"] = 2; }),
      "report.json: /schema_version: expected 1 (written by another version of limbeck), got 2");
}

TEST(ReportDocument, NamesThePlaceOfAFault) {
  EXPECT_EQ(
      refusal([](auto& json) { json["sections"][0]["blocks"][1]["type"] = "pie"; }),
      "report.json: /sections/0/blocks/1/type: expected one of text, command, definitions, table, "
      "line_chart, scatter, bar_chart, forest, heat_map, shaded_text, examples, got \"pie\"");
  EXPECT_EQ(
      refusal([](auto& json) { json["sections"][1]["blocks"][0]["rows"][0].erase(0); }),
      "report.json: /sections/1/blocks/0/rows/0: expected an array of 9 cells, got an array of 8");
  EXPECT_EQ(refusal([](auto& json) { json["sections"][0]["blocks"][0]["y"].erase("label"); }),
            "report.json: /sections/0/blocks/0/y: expected an object with the key 'label', got an "
            "object");
  EXPECT_EQ(refusal([](auto& json) { json["sections"][1]["id"] = "learning-curves"; }),
            "report.json: /sections/1/id: expected an id that no other section has, got "
            "\"learning-curves\"");
  EXPECT_EQ(refusal([](auto& json) { json["summary"][0]["colour"] = "red"; }),
            "report.json: /summary/0/colour: unknown key; known: label, value, unit, note, format");
  EXPECT_EQ(refusal([](auto& json) { json["verdict"]["status"] = 3; }),
            "report.json: /verdict/status: expected a text, got 3");
  EXPECT_EQ(refusal([](auto& json) { json = nullptr; }),
            "report.json: /: expected an object, got null");
}

TEST(ReportDocument, EveryDamagedMemberIsRefusedOrDrawn) {
  const nlohmann::json flat = nlohmann::json(report_to_json(sample_report())).flatten();
  size_t index = 0;
  for (const auto& [pointer, unused] : flat.items()) {
    if (++index % 7 != 0) continue;
    for (const nlohmann::json& damage :
         {nlohmann::json(), nlohmann::json(-1e300), nlohmann::json("x"), nlohmann::json::array({1}),
          nlohmann::json::object()})
      refusal([&](auto& json) { json[nlohmann::json::json_pointer(pointer)] = damage; });
  }
  EXPECT_GT(index, 500u);
}

TEST(ReportDocument, RefusesToWriteABrokenReport) {
  Report report = sample_report();
  report.sections[0].id = "Not A Link";
  EXPECT_THROW(report_to_json(report), ConfigError);
}

TEST(HtmlPage, IsTheSameForTheSameReport) {
  const nlohmann::json json = report_to_json(sample_report());
  EXPECT_EQ(render_html(json, "a"), render_html(json, "b"));
}

TEST(HtmlPage, NeverTurnsTextIntoMarkup) {
  const std::string html = render_html(report_to_json(sample_report()), "x");
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, HasSubstr("&lt;img src=x onerror=alert(1)&gt;"));
  EXPECT_THAT(html, HasSubstr("{{mustache}}"));
  EXPECT_THAT(html, Not(HasSubstr("http:")));
  EXPECT_THAT(html, Not(HasSubstr("https:")));
}

// The audit's examples, whose columns share nothing, once stood under a tick without words.
TEST(HtmlPage, ExplainsTheTickWhereThereIsOneAlone) {
  Report report;
  report.title = "t";
  const auto page = [&](const std::string& label, bool agrees) {
    ExamplesBlock block;
    block.agreement_label = label;
    block.examples = {{"query", {{"left", {{"one", 0.5, agrees}, {"two", 0.4, false}}}}}};
    report.sections = {{"examples", "Examples", "", {block}}};
    return render_html(report_to_json(report), "x");
  };
  const std::string legend =
      "<p class=\"note\"><span class=\"agrees\" aria-hidden=\"true\">\u2713</span> found by "
      "both</p>";
  EXPECT_THAT(page("found by both", true), HasSubstr(legend));
  EXPECT_THAT(page("found by both", true), HasSubstr("1 of 2 shared<"));
  EXPECT_THAT(page("found by both", false), Not(HasSubstr("\u2713")));
  EXPECT_THAT(page("found by both", false), HasSubstr("0 of 2 shared"));
  EXPECT_THAT(page("", false), Not(HasSubstr("\u2713")));
  EXPECT_THAT(page("", false), Not(HasSubstr(" shared<")));
}

TEST(HtmlPage, ShowsBytesThatAreNotUtf8) {
  Report report;
  report.title = "a\xFF\x01z";
  EXPECT_THAT(render_html(report_to_json(report), "x"), HasSubstr("<h1>a\uFFFD?z</h1>"));
}

}  // namespace
}  // namespace limbeck::nlp
