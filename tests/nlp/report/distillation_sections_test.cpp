#include "nlp/report/distillation_sections.h"

#include <gtest/gtest.h>

#include <cmath>

namespace limbeck::nlp {
namespace {

TEST(LearningCurveSection, LeavesOutChartsWithoutNumbers) {
  LearningCurves curves;
  curves.points.resize(2);
  curves.points[1].step = 10;
  curves.points[1].train_loss = 0.5;
  curves.mean_baseline_loss = 0.4;
  const ReportSection section = learning_curve_section(curves);
  ASSERT_EQ(section.blocks.size(), 1u);
  const auto& chart = std::get<LineChartBlock>(section.blocks[0]);
  ASSERT_EQ(chart.reference_lines.size(), 1u);
  EXPECT_EQ(chart.reference_lines[0].label, "always the mean");
  EXPECT_EQ(chart.series[0].points.size(), 1u);
}

TEST(LearningCurveSection, KeepsALossThatIsNotANumberAsAGap) {
  LearningCurves curves;
  curves.points.resize(1);
  curves.points[0].train_loss = std::nan("");
  const auto section = learning_curve_section(curves);
  const auto& chart = std::get<LineChartBlock>(section.blocks.at(0));
  ASSERT_EQ(chart.series[0].points.size(), 1u);
  EXPECT_EQ(chart.series[0].points[0].second.reason(), "not a number");
}

TEST(CompressionSection, ComparesTheScoreWithTheFirstModel) {
  CompressionComparison comparison;
  comparison.score_name = "Spearman";
  comparison.models = {
      {"teacher", "teacher", 100, 60, 400, 10.0, 12.0, 200.0, 0.8},
      {"student", "student", 20, 5, 80, 0.5, 0.6, 5000.0, 0.78},
      {"other", "student", 10, 5, 40, 0.5, 0.6, 5000.0, Measurement::missing("not run")}};
  const ReportSection section = compression_section(comparison);
  ASSERT_EQ(section.blocks.size(), 3u);
  const auto& table = std::get<TableBlock>(section.blocks[0]);
  EXPECT_EQ(table.columns.back().label, "of teacher");
  EXPECT_NEAR(std::get<Measurement>(table.rows[1].back()).value(), 97.5, 1e-9);
  EXPECT_EQ(std::get<Measurement>(table.rows[2].back()).reason(), "not run");
  EXPECT_EQ(std::get<ScatterBlock>(section.blocks[1]).points[1].x.value(), 20);
  EXPECT_EQ(std::get<ScatterBlock>(section.blocks[2]).points[1].x.value(), 0.5);
}

TEST(NeighbourSection, MarksWhatBothModelsFound) {
  const ReportSection section =
      neighbour_section({{"query", {{"a", 0.9}, {"b", 0.8}}, {{"c", 0.7}, {"a", 0.6}}}});
  const Example& example = std::get<ExamplesBlock>(section.blocks.at(0)).examples.at(0);
  EXPECT_TRUE(example.columns[0].entries[0].agrees);
  EXPECT_FALSE(example.columns[0].entries[1].agrees);
  EXPECT_FALSE(example.columns[1].entries[0].agrees);
  EXPECT_TRUE(example.columns[1].entries[1].agrees);
}

}  // namespace
}  // namespace limbeck::nlp
