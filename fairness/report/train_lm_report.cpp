#include "fairness/report/train_lm_report.h"

#include "fairness/report/evaluation_curve.h"
#include "nlp/core/options.h"
#include "nlp/report/model_card.h"
#include "nlp/report/report_document.h"
#include "nlp/report/run_record.h"

namespace limbeck::fairness {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

const NumberFormat kShortPerplexity{NumberStyle::kFixed, 2};
const NumberFormat kLoss{NumberStyle::kFixed, 4};

nlp::LineChartBlock curves(const std::filesystem::path& directory) {
  nlp::LineChartBlock chart;
  chart.title = "Loss while it learnt";
  chart.description =
      "Mean negative log probability of a token: of the batches since the last row, with dropout, "
      "and of the held-out text, without. A gap that widens is text learnt by heart.";
  chart.x = {"updates", false, {}};
  chart.y = {"nats a token", false, kLoss};
  const std::filesystem::path file = directory / "metrics.jsonl";
  chart.series.push_back(evaluation_curve(file, "train", "loss", "training"));
  chart.series.push_back(evaluation_curve(file, "eval", "validation_loss", "held-out"));
  return chart;
}

nlp::TableBlock sample_table(const TrainLmSummary& summary) {
  nlp::TableBlock table;
  table.title = "How it goes on";
  table.note = "Beginnings of held-out lines; continuations drawn at temperature 0.8.";
  table.columns = {{"beginning", "", false, {}}, {"continuation", "", false, {}}};
  for (const TextSample& sample : summary.samples)
    table.rows.push_back({sample.prompt, sample.continuation});
  return table;
}

nlp::Report report(const std::filesystem::path& directory, const TrainLmSummary& summary,
                   const RunContext& context) {
  nlp::Report report;
  report.command = "train-lm";
  report.title = "A language model trained from plain text";
  report.summary = {
      {"perplexity of held-out text", Measurement(summary.metrics.at("validation_perplexity")), "",
       "after " + std::to_string(summary.best_step) + " of " + std::to_string(summary.steps) +
           " updates, windows of " + std::to_string(summary.options.context) + " tokens",
       kShortPerplexity},
      {"parameters",
       Measurement(static_cast<double>(summary.parameters)),
       "",
       summary.model,
       {NumberStyle::kFixed, 0}}};
  nlp::ReportSection learning{"learning", "Learning", "", {curves(directory)}};
  if (!summary.samples.empty()) learning.blocks.push_back(sample_table(summary));
  report.sections.push_back(std::move(learning));
  nlp::ReportSection settings{"settings", "How it was made", "", {}};
  settings.blocks.push_back(
      nlp::DefinitionsBlock{{{"model", summary.model},
                             {"lines", std::to_string(summary.lines)},
                             {"training tokens", std::to_string(summary.train_tokens)},
                             {"held-out tokens", std::to_string(summary.validation_tokens)},
                             {"vocabulary", std::to_string(summary.options.vocabulary) +
                                                " pieces, " + summary.options.vocabulary_kind}}});
  if (!context.command.empty())
    settings.blocks.push_back(nlp::CommandBlock{context.command, "The command"});
  report.sections.push_back(std::move(settings));
  report.results = train_lm_results(summary);
  return report;
}

nlp::ModelCard card(const TrainLmSummary& summary, const RunContext& context) {
  nlp::ModelCard card;
  card.name = "Small causal language model";
  card.description = "A causal Transformer (" + summary.model + ") trained from plain text.";
  card.pipeline_tag = "text-generation";
  card.tags = {"causal-lm", "text-generation"};
  card.metrics.push_back({"text-generation", "held-out lines", "text", "perplexity", "perplexity",
                          Measurement(summary.metrics.at("validation_perplexity"))});
  card.data.push_back({"plain text", summary.corpus_hash,
                       std::to_string(summary.lines) + " lines, " +
                           std::to_string(summary.train_tokens) + " tokens"});
  card.facts = {{"parameters", std::to_string(summary.parameters)}};
  card.hyper_parameters = options_to_json(summary.options);
  card.hyper_parameters["training"] = summary.training;
  card.hardware = nlp::describe_cpu().model;
  if (!context.command.empty()) card.commands.push_back(context.command);
  return card;
}

}  // namespace

nlohmann::ordered_json train_lm_results(const TrainLmSummary& summary) {
  nlohmann::ordered_json json = {{"output", summary.options.output},
                                 {"model", summary.model},
                                 {"parameters", summary.parameters},
                                 {"lines", summary.lines},
                                 {"train_tokens", summary.train_tokens},
                                 {"validation_tokens", summary.validation_tokens},
                                 {"steps", summary.steps},
                                 {"best_step", summary.best_step}};
  for (const auto& [name, value] : summary.metrics) json[name] = value;
  return json;
}

void write_train_lm_report(const std::filesystem::path& directory, const TrainLmSummary& summary,
                           const RunContext& context) {
  nlp::write_report(directory, report(directory, summary, context));
  nlp::write_model_card(directory, card(summary, context));
}

}  // namespace limbeck::fairness
