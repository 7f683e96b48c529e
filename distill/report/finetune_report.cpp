#include "distill/report/finetune_report.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/report/model_card.h"
#include "nlp/report/report_document.h"
#include "nlp/report/run_record.h"

namespace limbeck::distill {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

const NumberFormat kScore{NumberStyle::kFixed, 4};

std::string title_of(const std::string& variant) {
  if (variant == "control") return "from random weights";
  if (variant == "control-initial") return "before distillation";
  return "this model";
}

std::string name_of(const FineTuneRun& run) {
  return title_of(run.variant) + ", seed " + std::to_string(run.seed);
}

/// Series of one metric over the evaluations of each run of the first seed.
nlp::LineChartBlock curve(const std::filesystem::path& directory, const FineTuneSummary& summary) {
  nlp::LineChartBlock chart;
  chart.title = summary.metric + " on the dev examples";
  chart.description = "Each evaluation of the runs with the first seed.";
  chart.x = {"updates", false, {}};
  chart.y = {summary.metric, false, kScore};
  for (const FineTuneRun& run : summary.runs) {
    if (run.seed != summary.runs.front().seed || chart.series.size() == nlp::kMaxSeries) continue;
    nlp::LineSeries series{title_of(run.variant), {}};
    std::ifstream rows(directory / "runs" / (run.variant + "-seed" + std::to_string(run.seed)) /
                       "metrics.jsonl");
    for (std::string line; std::getline(rows, line);) {
      const nlohmann::json row = parse_json(line, "metrics.jsonl");
      if (row.value("event", "") == "eval")
        series.points.emplace_back(row.value("step", 0.0),
                                   Measurement(row.value(summary.metric, 0.0)));
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

nlp::TableBlock score_table(const FineTuneSummary& summary) {
  nlp::TableBlock table;
  table.title = "Scores on " + std::to_string(summary.dev_examples) + " dev examples";
  table.note = "Kept: the evaluation with the best " + summary.metric +
               ", chosen on the same dev examples. Last: the final evaluation. Mean over seeds, "
               "sample deviation beside it.";
  table.columns = {{"weights at the start", "", false, {}},
                   {"seeds", "", true, {NumberStyle::kFixed, 0}}};
  std::vector<std::string> metrics;
  for (const auto& [name, value] : summary.runs.front().best)
    if (name != "dev_loss") metrics.push_back(name);
  for (const std::string& name : metrics) {
    table.columns.push_back({name + ", kept", "", true, kScore});
    table.columns.push_back({"sd", "", true, kScore});
    table.columns.push_back({name + ", last", "", true, kScore});
  }
  for (const VariantScore& score : variant_scores(summary, metrics.front(), false)) {
    std::vector<nlp::TableCell> row{title_of(score.variant),
                                    Measurement(static_cast<double>(score.runs))};
    for (const std::string& name : metrics) {
      const auto by_variant = [&](bool of_last) {
        for (const VariantScore& found : variant_scores(summary, name, of_last))
          if (found.variant == score.variant) return found;
        return VariantScore{};
      };
      row.emplace_back(Measurement(by_variant(false).mean));
      row.emplace_back(score.runs > 1 ? Measurement(by_variant(false).deviation)
                                      : Measurement::missing("one run"));
      row.emplace_back(Measurement(by_variant(true).mean));
    }
    table.rows.push_back(std::move(row));
  }
  const bool has_control = std::ranges::any_of(
      summary.runs, [](const FineTuneRun& run) { return run.variant == "control"; });
  if (summary.is_student && !has_control) {
    std::vector<nlp::TableCell> row{title_of("control"), Measurement(0.0)};
    row.resize(table.columns.size(), Measurement::missing("not trained: give --control"));
    table.rows.push_back(std::move(row));
  }
  return table;
}

nlp::TableBlock run_table(const FineTuneSummary& summary) {
  nlp::TableBlock table;
  table.title = "Every run";
  table.is_collapsed = true;
  table.columns = {{"run", "", false, {}},
                   {"updates", "", true, {NumberStyle::kFixed, 0}},
                   {"kept after", "updates", true, {NumberStyle::kFixed, 0}},
                   {summary.metric + ", kept", "", true, kScore},
                   {summary.metric + ", last", "", true, kScore}};
  for (const FineTuneRun& run : summary.runs)
    table.rows.push_back({name_of(run), Measurement(static_cast<double>(run.steps)),
                          Measurement(static_cast<double>(run.best_step)),
                          Measurement(run.best.at(summary.metric)),
                          Measurement(run.last.at(summary.metric))});
  return table;
}

nlp::Report report(const std::filesystem::path& directory, const FineTuneSummary& summary,
                   const RunContext& context) {
  nlp::Report report;
  report.command = "finetune";
  report.title = "Fine-tuning on " + summary.task;
  for (const VariantScore& score : variant_scores(summary, summary.metric, false))
    report.summary.push_back(
        {summary.metric + ", " + title_of(score.variant), Measurement(score.mean), "",
         score.runs > 1 ? "mean of " + std::to_string(score.runs) + " seeds, sd " +
                              nlp::format_number(score.deviation, kScore)
                        : "one seed",
         kScore});
  nlp::ReportSection scores{"scores", "Scores", "", {}};
  scores.blocks.push_back(score_table(summary));
  scores.blocks.push_back(curve(directory, summary));
  scores.blocks.push_back(run_table(summary));
  report.sections.push_back(std::move(scores));
  nlp::ReportSection settings{"settings", "How it was made", "", {}};
  settings.blocks.push_back(
      nlp::DefinitionsBlock{{{"model", summary.model},
                             {"task", summary.task},
                             {"training examples", std::to_string(summary.train_examples)},
                             {"dev examples", std::to_string(summary.dev_examples)}}});
  if (!context.command.empty())
    settings.blocks.push_back(nlp::CommandBlock{context.command, "The command"});
  report.sections.push_back(std::move(settings));
  report.results = finetune_results(summary);
  return report;
}

nlp::ModelCard card(const FineTuneSummary& summary, const RunContext& context) {
  nlp::ModelCard card;
  card.name = summary.task + " model";
  card.description = "A " + summary.model + ", fine-tuned on " + summary.task + ".";
  const bool regression = summary.runs.front().best.contains("spearman");
  card.pipeline_tag = regression ? "sentence-similarity" : "text-classification";
  for (const auto& [name, value] : summary.runs.front().best)
    if (name != "dev_loss")
      card.metrics.push_back(
          {card.pipeline_tag, summary.task + " dev", summary.task, name, name, Measurement(value)});
  card.data.push_back(
      {summary.task, "", std::to_string(summary.train_examples) + " labelled examples"});
  card.hyper_parameters = options_to_json(summary.options);
  card.hyper_parameters["training"] = summary.training;
  card.hardware = nlp::describe_cpu().model;
  if (!context.command.empty()) card.commands.push_back(context.command);
  return card;
}

}  // namespace

std::vector<VariantScore> variant_scores(const FineTuneSummary& summary, const std::string& metric,
                                         bool of_last) {
  std::vector<VariantScore> scores;
  for (const FineTuneRun& run : summary.runs) {
    auto found = std::find_if(scores.begin(), scores.end(), [&](const VariantScore& score) {
      return score.variant == run.variant;
    });
    if (found == scores.end()) found = scores.insert(scores.end(), {run.variant, 0, 0, 0});
    const double value = (of_last ? run.last : run.best).at(metric);
    ++found->runs;
    const double delta = value - found->mean;  // Welford
    found->mean += delta / static_cast<double>(found->runs);
    found->deviation += delta * (value - found->mean);
  }
  for (VariantScore& score : scores)
    score.deviation =
        score.runs > 1 ? std::sqrt(score.deviation / static_cast<double>(score.runs - 1)) : 0.0;
  return scores;
}

nlohmann::ordered_json finetune_results(const FineTuneSummary& summary) {
  nlohmann::ordered_json json{{"task", summary.task},
                              {"metric", summary.metric},
                              {"train_examples", summary.train_examples},
                              {"dev_examples", summary.dev_examples}};
  const std::vector<VariantScore> last = variant_scores(summary, summary.metric, true);
  for (const VariantScore& score : variant_scores(summary, summary.metric, false)) {
    const auto final = std::ranges::find(last, score.variant, &VariantScore::variant);
    json["variants"].push_back({{"variant", score.variant},
                                {"runs", score.runs},
                                {"mean", score.mean},
                                {"sd", score.deviation},
                                {"last_mean", final->mean},
                                {"last_sd", final->deviation}});
  }
  for (const FineTuneRun& run : summary.runs)
    json["runs"].push_back({{"variant", run.variant},
                            {"seed", run.seed},
                            {"steps", run.steps},
                            {"best_step", run.best_step},
                            {"best", run.best},
                            {"last", run.last}});
  return json;
}

void write_finetune_report(const std::filesystem::path& directory, const FineTuneSummary& summary,
                           const RunContext& context) {
  nlp::write_report(directory, report(directory, summary, context));
  nlp::write_model_card(directory, card(summary, context));
}

}  // namespace limbeck::distill
