#include "nlp/report/distillation_sections.h"

#include <algorithm>
#include <functional>

namespace limbeck::nlp {
namespace {

using Member = Measurement LearningCurvePoint::*;

const Axis kStepAxis{"step", false, {NumberStyle::kInteger, 0}};

LineSeries curve(const LearningCurves& curves, const std::string& name, Member member) {
  LineSeries series{name, {}};
  for (const LearningCurvePoint& point : curves.points) {
    // Values that are measured at every n-th step only make one line, not a row of gaps.
    const Measurement& value = point.*member;
    if (!value.has_value() && value.reason() == "not measured") continue;
    series.points.emplace_back(static_cast<double>(point.step), value);
  }
  return series;
}

LineChartBlock loss_chart(const LearningCurves& curves) {
  LineChartBlock chart;
  chart.title = "Loss";
  chart.description =
      "A student at the line \u201Calways the mean\u201D has learnt nothing about single "
      "sentences.";
  chart.x = kStepAxis;
  chart.y = {"loss", curves.has_logarithmic_loss, {NumberStyle::kGeneral, 4}};
  chart.series = {curve(curves, "training", &LearningCurvePoint::train_loss),
                  curve(curves, "validation", &LearningCurvePoint::validation_loss)};
  if (curves.mean_baseline_loss.has_value())
    chart.reference_lines = {{"always the mean", curves.mean_baseline_loss}};
  return chart;
}

LineChartBlock retrieval_chart(const LearningCurves& curves) {
  LineChartBlock chart;
  chart.title = "Retrieval@1";
  chart.description =
      "Share of validation sentences whose student vector is nearest to its own teacher vector in "
      "the batch.";
  chart.x = kStepAxis;
  chart.y = {"retrieval@1", false, {NumberStyle::kFixed, 3}};
  chart.series = {curve(curves, "student", &LearningCurvePoint::retrieval_at_1)};
  return chart;
}

LineChartBlock sts_chart(const LearningCurves& curves) {
  LineChartBlock chart;
  chart.title = "STS Spearman";
  chart.description =
      "Rank correlation of the cosine with human similarity ratings, without any fine-tuning.";
  chart.x = kStepAxis;
  chart.y = {"Spearman", false, {NumberStyle::kFixed, 3}};
  chart.series = {curve(curves, "student", &LearningCurvePoint::sts_spearman)};
  if (curves.teacher_spearman.has_value())
    chart.reference_lines = {{"teacher", curves.teacher_spearman}};
  return chart;
}

bool has_points(const LineChartBlock& chart) {
  return std::any_of(chart.series.begin(), chart.series.end(),
                     [](const LineSeries& series) { return !series.points.empty(); });
}

Measurement share_of(const Measurement& score, const Measurement& reference) {
  if (!score.has_value()) return score;
  if (!reference.has_value() || reference.value() == 0)
    return Measurement::missing("no reference score");
  return 100.0 * score.value() / reference.value();
}

TableBlock compression_table(const CompressionComparison& comparison) {
  TableBlock table;
  table.title = "Size, speed and score";
  table.note = comparison.conditions;
  const NumberFormat integer{NumberStyle::kInteger, 0}, bytes{NumberStyle::kBytes, 0};
  const NumberFormat speed{NumberStyle::kGeneral, 3}, percent{NumberStyle::kFixed, 1};
  const std::string reference = comparison.models.empty() ? "" : comparison.models[0].name;
  table.columns = {{"model", "", false, {}},
                   {"parameters", "", true, integer},
                   {"without embeddings", "", true, integer},
                   {"size", "", true, bytes},
                   {"p50", "ms", true, speed},
                   {"p95", "ms", true, speed},
                   {"sentences/s", "", true, integer},
                   {comparison.score_name, "", true, comparison.score_format},
                   {"of " + reference, "%", true, percent}};
  for (const ModelCost& model : comparison.models)
    table.rows.push_back({model.name, static_cast<double>(model.parameters),
                          static_cast<double>(model.parameters_without_embeddings),
                          static_cast<double>(model.bytes), model.latency_p50_ms,
                          model.latency_p95_ms, model.sentences_per_second, model.score,
                          share_of(model.score, comparison.models[0].score)});
  return table;
}

ScatterBlock cost_scatter(const CompressionComparison& comparison, const std::string& title,
                          const Axis& axis,
                          const std::function<Measurement(const ModelCost&)>& cost) {
  ScatterBlock chart;
  chart.title = title;
  chart.description = "Up is better, left is cheaper.";
  chart.x = axis;
  chart.y = {comparison.score_name, false, comparison.score_format};
  for (const ModelCost& model : comparison.models)
    chart.points.push_back({model.name, model.group, cost(model), model.score});
  return chart;
}

bool has_points(const ScatterBlock& chart) {
  return std::any_of(chart.points.begin(), chart.points.end(), [](const ScatterPoint& point) {
    return point.x.has_value() && point.y.has_value();
  });
}

ExampleColumn neighbour_column(const std::string& title, const std::vector<Neighbour>& own,
                               const std::vector<Neighbour>& other) {
  ExampleColumn column{title, {}};
  for (const Neighbour& neighbour : own) {
    const bool agrees = std::any_of(other.begin(), other.end(), [&](const Neighbour& candidate) {
      return candidate.text == neighbour.text;
    });
    column.entries.push_back({neighbour.text, neighbour.cosine, agrees});
  }
  return column;
}

}  // namespace

ReportSection learning_curve_section(const LearningCurves& curves) {
  ReportSection section{"learning-curves", "Learning curves", "", {}};
  for (const LineChartBlock& chart :
       {loss_chart(curves), retrieval_chart(curves), sts_chart(curves)})
    if (has_points(chart)) section.blocks.push_back(chart);
  return section;
}

ReportSection compression_section(const CompressionComparison& comparison) {
  ReportSection section{"compression", "Compression", "", {compression_table(comparison)}};
  const Axis parameters{"parameters", true, {NumberStyle::kInteger, 0}};
  const Axis latency{"p50 of one sentence, ms", true, {NumberStyle::kGeneral, 3}};
  for (const ScatterBlock& chart :
       {cost_scatter(comparison, "Parameters against score", parameters,
                     [](const ModelCost& model) {
                       return Measurement(static_cast<double>(model.parameters));
                     }),
        cost_scatter(comparison, "Latency against score", latency,
                     [](const ModelCost& model) { return model.latency_p50_ms; })})
    if (has_points(chart)) section.blocks.push_back(chart);
  return section;
}

ReportSection neighbour_section(const std::vector<NeighbourComparison>& comparisons) {
  ExamplesBlock block;
  block.score_label = "cosine";
  block.agreement_label = "found by both models";
  for (const NeighbourComparison& one : comparisons)
    block.examples.push_back({one.query,
                              {neighbour_column("teacher", one.teacher, one.student),
                               neighbour_column("student", one.student, one.teacher)}});
  return {"neighbours",
          "Nearest neighbours",
          "What teacher and student find nearest to the same sentence, with the cosine.",
          {block}};
}

}  // namespace limbeck::nlp
