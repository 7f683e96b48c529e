#include "fairness/report/debias_report.h"

#include <algorithm>
#include <cstdio>

#include "fairness/report/debias_audit_sections.h"
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

const NumberFormat kCosine{NumberStyle::kFixed, 4};
const NumberFormat kCount{NumberStyle::kFixed, 0};

const char* title_of_metric(const std::string& metric) {
  if (metric == "perplexity") return "perplexity";
  if (metric == "sensitive_perplexity") return "perplexity where a value stands";
  return metric == "embedding_cosine" ? "cosine of pairs" : "cosine of pairs, sentiment";
}

NumberFormat format_of(const std::string& metric) {
  return metric.ends_with("perplexity") ? kPerplexity : kCosine;
}

std::vector<std::string> metrics_of(const DebiasSummary& summary) {
  std::vector<std::string> metrics{"perplexity", "sensitive_perplexity", "embedding_cosine"};
  if (summary.runs.front().metrics.contains("sentiment_cosine"))
    metrics.emplace_back("sentiment_cosine");
  return metrics;
}

nlp::TableBlock score_table(const DebiasSummary& summary) {
  nlp::TableBlock table;
  table.title = "On " + std::to_string(summary.held_out_windows) + " held-out pieces and " +
                std::to_string(summary.pairs) + " counterfactual pairs";
  table.note =
      "The control took the same steps on the same text with weight 0: what differs from it, not "
      "from the model before, is the regulariser's doing. Mean over seeds, sample deviation beside "
      "it.";
  table.columns = {{"model", "", false, {}}, {"seeds", "", true, kCount}};
  for (const std::string& metric : metrics_of(summary)) {
    table.columns.push_back({title_of_metric(metric), "", true, format_of(metric)});
    table.columns.push_back({"sd", "", true, format_of(metric)});
  }
  for (const DebiasScore& row : debias_scores(summary, "perplexity")) {
    std::vector<nlp::TableCell> cells{variant_title(first_run(summary, row.variant)),
                                      row.variant == "before"
                                          ? Measurement::missing("not trained")
                                          : Measurement(static_cast<double>(row.runs))};
    for (const std::string& metric : metrics_of(summary)) {
      const auto scores = debias_scores(summary, metric);
      const auto score = std::ranges::find(scores, row.variant, &DebiasScore::variant);
      cells.emplace_back(Measurement(score->mean));
      cells.emplace_back(score->runs > 1 ? Measurement(score->deviation)
                                         : Measurement::missing("one run"));
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

nlp::ScatterBlock trade_off(const DebiasSummary& summary) {
  nlp::ScatterBlock chart;
  chart.title = "What fairness costs";
  chart.description =
      "Each run: how alike the model's states of a counterfactual pair are, against the perplexity "
      "of held-out text. Up and to the left is better.";
  chart.x = {"perplexity", false, kPerplexity};
  chart.y = {"cosine of pairs", false, kCosine};
  for (const DebiasRun& run : summary.runs) {
    const std::string group = run.variant == "before" || run.variant == "control"
                                  ? run.variant
                                  : summary.options.regulariser;
    chart.points.push_back({variant_title(run), group, Measurement(run.metrics.at("perplexity")),
                            Measurement(run.metrics.at("embedding_cosine"))});
  }
  return chart;
}

nlp::LineChartBlock regulariser_curve(const std::filesystem::path& directory,
                                      const DebiasSummary& summary) {
  nlp::LineChartBlock chart;
  chart.title = "The regulariser while it learnt";
  chart.description =
      "1 - cosine of the pairs of the training steps, before its weight; runs of "
      "the first seed.";
  chart.x = {"updates", false, {}};
  chart.y = {"1 - cosine", false, kCosine};
  for (const DebiasRun& run : summary.runs) {
    if (run.lambda == 0 || run.seed != summary.runs[1].seed ||
        chart.series.size() == nlp::kMaxSeries)
      continue;
    chart.series.push_back(evaluation_curve(
        directory / "runs" / (run.variant + "-seed" + std::to_string(run.seed)) / "metrics.jsonl",
        "train", "loss/" + summary.options.regulariser, variant_title(run)));
  }
  return chart;
}

nlp::ReportSection settings_section(const DebiasSummary& summary, const RunContext& context) {
  nlp::ReportSection section{"settings", "How it was made", "", {}};
  nlp::DefinitionsBlock facts;
  facts.items = {
      {"model", summary.model},
      {"starting weights", starting_weights(summary)},
      {"regulariser", summary.options.regulariser},
      {"trained", summary.options.method + ", " + std::to_string(summary.trained_parameters) +
                      " of " + std::to_string(summary.parameters) + " weights"},
      {"text", std::to_string(summary.train_windows) + " of " +
                   std::to_string(summary.windows_read) +
                   " pieces mention a value and are learnt from"},
      {"lines that hold a prompt of the audit",
       std::to_string(summary.template_lines) + ", left out"}};
  if (summary.head.examples > 0) {
    char text[160];
    std::snprintf(text, sizeof text, "%lld sentences (%s), accuracy %.3f on %lld others",
                  static_cast<long long>(summary.head.examples), summary.head.source.c_str(),
                  summary.head.accuracy, static_cast<long long>(summary.head.held_out));
    facts.items.emplace_back("sentiment head", text);
  }
  section.blocks.push_back(std::move(facts));
  section.blocks.push_back(nlp::TextBlock{
      "Prefixes of running text that end in a sensitive value are paired with the same prefix and "
      "another value. The regulariser is 1 - cosine of what the model makes of both at the value's "
      "last token. It is a lexical perturbation: it does not see bias that is worded otherwise, "
      "and the last weights of a run are kept, as choosing by perplexity would choose the run that "
      "changed least."});
  if (!context.command.empty())
    section.blocks.push_back(nlp::CommandBlock{context.command, "The command"});
  return section;
}

nlp::Report report(const std::filesystem::path& directory, const DebiasSummary& summary,
                   const RunContext& context) {
  nlp::Report report;
  report.command = "debias";
  report.title = "Fairness-regularised training";
  for (const DebiasScore& score : debias_scores(summary, "embedding_cosine")) {
    const auto perplexities = debias_scores(summary, "perplexity");
    const auto perplexity = std::ranges::find(perplexities, score.variant, &DebiasScore::variant);
    report.summary.push_back(
        {"cosine of pairs, " + variant_title(first_run(summary, score.variant)),
         Measurement(score.mean), "",
         "perplexity " + nlp::format_number(perplexity->mean, kPerplexity), kCosine});
  }
  nlp::ReportSection results{"results", "Before and after", "", {}};
  if (!summary.audits.empty()) results.blocks.push_back(before_and_after_table(summary));
  results.blocks.push_back(score_table(summary));
  if (!summary.audits.empty()) {
    results.blocks.push_back(difference_table(summary));
    results.blocks.push_back(individual_audit_table(summary));
    results.blocks.push_back(group_audit_table(summary));
    results.blocks.push_back(audit_control_table(summary));
    results.blocks.push_back(audit_relevance_table(summary));
    results.blocks.push_back(perplexity_trade_off(summary));
    nlp::ScatterBlock relevance = relevance_trade_off(summary);
    if (!relevance.points.empty()) results.blocks.push_back(std::move(relevance));
  }
  results.blocks.push_back(trade_off(summary));
  results.blocks.push_back(regulariser_curve(directory, summary));
  report.sections.push_back(std::move(results));
  report.sections.push_back(settings_section(summary, context));
  report.results = debias_results(summary);
  return report;
}

nlp::ModelCard card(const DebiasSummary& summary, const RunContext& context) {
  const DebiasRun& run = summary.runs[2];  // before, control, the first weight
  nlp::ModelCard card;
  card.name = "Fairness-regularised language model";
  card.description = "A causal language model (" + summary.model + "; starting weights " +
                     starting_weights(summary) + ") whose training went on with " +
                     summary.options.regulariser + " regularisation, " + variant_title(run) + ".";
  card.pipeline_tag = "text-generation";
  card.tags = {"causal-lm", "fairness"};
  for (const auto& [name, value] : run.metrics)
    card.metrics.push_back(
        {"text-generation", "held-out text", "text", name, name, Measurement(value)});
  card.teachers.push_back(
      {"starting weights", summary.model_hash, summary.model + ", " + starting_weights(summary)});
  card.data.push_back({"running text", summary.text_hash,
                       std::to_string(summary.train_windows) + " pieces that mention a value"});
  card.hyper_parameters = options_to_json(summary.options);
  card.hyper_parameters["training"] = summary.training;
  card.hardware = nlp::describe_cpu().model;
  if (!context.command.empty()) card.commands.push_back(context.command);
  return card;
}

}  // namespace

std::string variant_title(const DebiasRun& run) {
  if (run.variant == "before") return "before";
  if (run.variant == "control") return "control, weight 0";
  char text[32];
  std::snprintf(text, sizeof text, "weight %g", run.lambda);
  return text;
}

void write_debias_report(const std::filesystem::path& directory, const DebiasSummary& summary,
                         const RunContext& context) {
  nlp::write_report(directory, report(directory, summary, context));
  nlp::write_model_card(directory, card(summary, context));
}

}  // namespace limbeck::fairness
