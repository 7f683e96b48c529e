#include "verify/train/certified_report.h"

#include <fstream>

#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "nlp/report/model_card.h"
#include "nlp/report/report_document.h"
#include "nlp/report/run_record.h"

namespace limbeck::verify {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

const NumberFormat kShare{NumberStyle::kFixed, 4};

std::string description_of(const CertifiedTrainingSummary& summary) {
  const CertifiedTrainingOptions& options = summary.options;
  if (!options.model.empty()) return "the word net of " + options.model;
  return options.architecture + ", " + std::to_string(options.layers) + " layer(s) x " +
         std::to_string(options.width);
}

nlp::TableBlock share_table(const CertifiedTrainingSummary& summary) {
  nlp::TableBlock table;
  table.title = "Dev sentences";
  table.note =
      "Right: the answer as the sentence stands. Proved: right for every sentence of the set, by "
      "CROWN-IBP in float64; what is not proved may still hold (limbeck certify decides it). The "
      "kept evaluation was chosen on the same sentences.";
  table.columns = {{"replaced words at most", "", true, {NumberStyle::kInteger, 0}},
                   {"share", "", true, kShare}};
  table.rows.push_back({Measurement(0.0), Measurement(summary.accuracy)});
  for (size_t i = 0; i < summary.certified.size(); ++i)
    table.rows.push_back(
        {Measurement(static_cast<double>(i + 1)), Measurement(summary.certified[i])});
  return table;
}

/// Accuracy and certified share over the evaluations.
nlp::LineChartBlock curve(const std::filesystem::path& directory) {
  nlp::LineChartBlock chart;
  chart.title = "Accuracy and certified share on the dev sentences";
  chart.description = "Each evaluation of the run, at the full budget.";
  chart.x = {"updates", false, {}};
  chart.y = {"share", false, kShare};
  chart.series = {{"accuracy", {}}, {"certified", {}}};
  std::ifstream rows(directory / "metrics.jsonl");
  for (std::string line; std::getline(rows, line);) {
    const nlohmann::json row = parse_json(line, "metrics.jsonl");
    if (row.value("event", "") != "eval") continue;
    for (nlp::LineSeries& series : chart.series)
      series.points.emplace_back(row.value("step", 0.0), Measurement(row.value(series.name, 0.0)));
  }
  return chart;
}

nlp::Report report(const std::filesystem::path& directory, const CertifiedTrainingSummary& summary,
                   const CertifiedTrainingContext& context) {
  nlp::Report report;
  report.command = "finetune";
  report.title = "Trained for certification";
  report.summary = {
      {"accuracy", Measurement(summary.accuracy), "", "dev sentences as they stand", kShare},
      {"certified", Measurement(summary.certified.back()), "",
       "for " + std::to_string(summary.options.budget) + " replaced words", kShare}};
  report.sections.push_back({"scores", "Scores", "", {share_table(summary), curve(directory)}});
  nlp::ReportSection settings{"settings", "How it was made", "", {}};
  settings.blocks.push_back(
      nlp::DefinitionsBlock{{{"network", description_of(summary)},
                             {"words", std::to_string(summary.words)},
                             {"training sentences", std::to_string(summary.train_sentences)},
                             {"dev sentences", std::to_string(summary.dev_sentences)},
                             {"updates", std::to_string(summary.steps) + ", kept after " +
                                             std::to_string(summary.best_step)}}});
  if (!context.command.empty())
    settings.blocks.push_back(nlp::CommandBlock{context.command, "The command"});
  report.sections.push_back(std::move(settings));
  report.results = certified_training_results(summary);
  return report;
}

nlp::ModelCard card(const CertifiedTrainingSummary& summary,
                    const CertifiedTrainingContext& context) {
  nlp::ModelCard card;
  card.name = "certifiably trained word net";
  card.description = "A " + description_of(summary) +
                     ", trained so that replacing words by synonyms provably keeps its answers.";
  card.pipeline_tag = "text-classification";
  card.tags = {"certified-training", "robustness", summary.options.architecture};
  card.metrics = {{card.pipeline_tag, "dev sentences", "custom", "accuracy", "accuracy",
                   Measurement(summary.accuracy)},
                  {card.pipeline_tag, "dev sentences", "custom", "certified",
                   "certified for " + std::to_string(summary.options.budget) + " replaced words",
                   Measurement(summary.certified.back())}};
  card.data.push_back({"training sentences", "", std::to_string(summary.train_sentences)});
  card.hyper_parameters = options_to_json(summary.options);
  card.hyper_parameters["training"] = summary.training;
  card.hardware = nlp::describe_cpu().model;
  if (!context.command.empty()) card.commands.push_back(context.command);
  return card;
}

}  // namespace

void write_certified_training_report(const std::filesystem::path& directory,
                                     const CertifiedTrainingSummary& summary,
                                     const CertifiedTrainingContext& context) {
  nlp::write_report(directory, report(directory, summary, context));
  nlp::write_model_card(directory, card(summary, context));
}

}  // namespace limbeck::verify
