#include "nlp/report/svg_chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>

#include "nlp/report/svg_writer.h"

namespace limbeck::nlp {
namespace {

using testing::HasSubstr;
using testing::Not;

LineChartBlock two_lines() {
  LineChartBlock chart;
  chart.title = "a < b";
  chart.description = "Both fall.";
  chart.x = {"step", false, {NumberStyle::kInteger, 0}};
  chart.y = {"loss", false, {NumberStyle::kFixed, 2}};
  chart.series = {{"train", {{0, 1.0}, {10, 0.5}}},
                  {"validation", {{0, 1.0}, {5, NAN}, {10, 0.75}}}};
  chart.reference_lines = {{"baseline", 0.9}};
  return chart;
}

size_t count_of(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(LineChart, HasATextAlternative) {
  const std::string svg = draw_line_chart(two_lines(), {}, "c");
  EXPECT_THAT(svg, HasSubstr("role=\"img\" aria-labelledby=\"c-title c-description\""));
  EXPECT_THAT(svg, HasSubstr("<title id=\"c-title\">a &lt; b</title>"));
  EXPECT_THAT(svg, HasSubstr("Both fall. train: 0.50 at step 10. validation: 0.75 at step 10."));
}

TEST(LineChart, TellsSeriesApartByDashAndMarkerToo) {
  const std::string svg = draw_line_chart(two_lines(), {}, "c");
  EXPECT_THAT(svg, HasSubstr("stroke-dasharray=\"none\""));
  EXPECT_THAT(svg, HasSubstr("stroke-dasharray=\"7 3\""));
  EXPECT_EQ(count_of(svg, "<circle class=\"mark s0\""), 2u);
  EXPECT_EQ(count_of(svg, "<path class=\"mark s1\""), 2u);
}

TEST(LineChart, LeavesAGapWhereAValueIsMissing) {
  LineChartBlock chart = two_lines();
  const std::string svg = draw_line_chart(chart, {}, "c");
  const size_t path = svg.find("<path class=\"line s1\"");
  EXPECT_EQ(count_of(svg.substr(path, svg.find("/>", path) - path), "M"), 2u);
  chart.series[1].points[1].second = 0.8;
  const std::string whole = draw_line_chart(chart, {}, "c");
  const size_t again = whole.find("<path class=\"line s1\"");
  EXPECT_EQ(count_of(whole.substr(again, whole.find("/>", again) - again), "M"), 1u);
}

TEST(LineChart, NeverWritesANumberThatIsNotOne) {
  LineChartBlock chart = two_lines();
  chart.series = {{"odd", {{0, 1e308}, {1, -1e308}, {2, 0.0}, {3, INFINITY}}}, {"empty", {}}};
  chart.y.is_logarithmic = true;
  for (const bool is_logarithmic : {false, true}) {
    chart.x.is_logarithmic = is_logarithmic;
    const std::string svg = draw_line_chart(chart, {}, "c");
    EXPECT_THAT(svg, Not(HasSubstr("nan")));
    EXPECT_THAT(svg, Not(HasSubstr("inf")));
  }
}

TEST(LineChart, DataNameTheReasonOfAGap) {
  const TableBlock table = chart_data(two_lines());
  ASSERT_EQ(table.rows.size(), 3u);
  EXPECT_EQ(std::get<Measurement>(table.rows[1][2]).reason(), "not a number");
}

TEST(LineChart, DataOfALongLineAreThinnedAndSaySo) {
  LineChartBlock chart = two_lines();
  chart.series = {{"long", {}}};
  for (int i = 0; i < 1000; ++i) chart.series[0].points.emplace_back(i, 1.0 / (1 + i));
  const TableBlock table = chart_data(chart);
  EXPECT_EQ(table.rows.size(), 201u);  // every fifth, and the last
  EXPECT_EQ(table.note, "Every 5th of 1000 rows; report.json has all.");
  EXPECT_EQ(std::get<Measurement>(table.rows.back()[0]).value(), 999);
}

TEST(BarChart, DrawsBarsFromZeroAndDotsElsewhere) {
  BarChartBlock chart;
  chart.title = "t";
  chart.axis = {"accuracy", false, {NumberStyle::kFixed, 1}};
  chart.categories = {"SST-2"};
  chart.series = {{"teacher", {{91.44, 0.21}}}, {"student", {{Measurement::missing("not run")}}}};
  const std::string bars = draw_bar_chart(chart, {}, "c");
  EXPECT_EQ(count_of(bars, "<rect"), 1u);
  EXPECT_THAT(bars, HasSubstr("91.4 \u00B1 0.2"));
  EXPECT_THAT(bars, HasSubstr("not run"));
  EXPECT_EQ(count_of(bars, "class=\"whisker\""), 1u);
  chart.axis_start = 70.0;
  EXPECT_EQ(count_of(draw_bar_chart(chart, {}, "c"), "<rect"), 0u);
}

TEST(ScatterChart, LeavesOutPointsWithoutAPlace) {
  ScatterBlock chart;
  chart.x = {"ms", true, {}};
  chart.points = {{"a", "g", 1.0, 2.0}, {"b", "g", 0.0, 2.0}, {"c", "g", NAN, 2.0}};
  EXPECT_EQ(count_of(draw_scatter(chart, {}, "c"), "<circle"), 1u);
}

TEST(ScatterChart, NoTickOfTheHorizontalAxisIsCut) {
  const std::regex tick(
      "class=\"tick\" x=\"([0-9.]+)\" y=\"[0-9.]+\" text-anchor=\"middle\">([^<]+)<");
  const ChartSize size;
  size_t seen = 0;
  for (int i = 1; i <= 300; ++i) {
    ScatterBlock chart;
    chart.x = {"ms", false, {}};
    chart.points = {{"a", "g", 0.0, 1.0}, {"b", "g", i * 1e-5, 2.0}};
    const std::string svg = draw_scatter(chart, size, "c");
    for (std::sregex_iterator at(svg.begin(), svg.end(), tick), end; at != end; ++at, ++seen)
      EXPECT_LE(std::stod((*at)[1]) + text_width((*at)[2].str(), kChartFont) / 2, size.width)
          << (*at)[2] << " of " << i;
  }
  EXPECT_GT(seen, 300u);
}

TEST(SvgWriter, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(fitted_text("short", 100, 12.5), "short");
  EXPECT_EQ(fitted_text("\u00E4\u00E4\u00E4\u00E4\u00E4\u00E4\u00E4\u00E4", 36, 12.5),
            "\u00E4\u00E4\u00E4\u2026");
}

}  // namespace
}  // namespace limbeck::nlp
