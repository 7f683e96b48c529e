#include "distill/report/distill_report.h"

#include "distill/report/learning_curves.h"
#include "nlp/core/options.h"
#include "nlp/report/model_card.h"
#include "nlp/report/report_document.h"
#include "nlp/report/run_record.h"

namespace limbeck::distill {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

double metric(const DistillSummary& summary, const std::string& name) {
  const auto found = summary.final_metrics.find(name);
  return found == summary.final_metrics.end() ? 0.0 : found->second;
}

bool has_pairs(const DistillSummary& summary) {
  return summary.final_metrics.contains("pairs_spearman");
}

std::string count_text(int64_t count) {
  std::string digits = std::to_string(count);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::vector<nlp::SummaryTile> tiles(const DistillSummary& summary) {
  const NumberFormat fixed{NumberStyle::kFixed, 3};
  std::vector<nlp::SummaryTile> list;
  list.push_back({"validation loss", Measurement(metric(summary, "validation_loss")), "",
                  "the same mean answer to every sentence: " +
                      nlp::format_number(metric(summary, "baseline_loss"), fixed),
                  fixed});
  list.push_back({"retrieval@1", Measurement(metric(summary, "retrieval_at_1")), "",
                  "own teacher vector found among 128; chance .008", fixed});
  if (has_pairs(summary))
    list.push_back({"Spearman on scored pairs", Measurement(metric(summary, "pairs_spearman")), "",
                    "teacher " + nlp::format_number(summary.teacher_spearman, fixed), fixed});
  list.push_back({"neighbours shared", Measurement(summary.neighbours.overlap), "",
                  "of the teacher's 5 nearest sentences, found by the student too", fixed});
  return list;
}

std::vector<std::pair<std::string, std::string>> facts(const DistillSummary& summary) {
  return {{"teacher", summary.teacher},
          {"student", summary.student},
          {"parameters", count_text(summary.parameters) + " (" +
                             count_text(summary.parameters - summary.embedding_parameters) +
                             " without embeddings)"},
          {"embeddings begin as", summary.embedding_note},
          {"sentences", count_text(summary.sentences) + ", " +
                            count_text(summary.training_sentences) + " of them trained on; " +
                            count_text(summary.held_out) + " lines of text held out"},
          {"updates", count_text(summary.steps)},
          {"loss", summary.options.loss}};
}

nlp::Report report(const std::filesystem::path& directory, const DistillSummary& summary,
                   const RunContext& context) {
  nlp::Report report;
  report.command = "distill";
  report.title = "Sentence distillation";
  report.summary = tiles(summary);
  nlp::LearningCurves curves = read_learning_curves(directory / "metrics.jsonl");
  if (has_pairs(summary)) curves.teacher_spearman = summary.teacher_spearman;
  report.sections.push_back(nlp::learning_curve_section(curves));
  if (!summary.neighbours.examples.empty())
    report.sections.push_back(nlp::neighbour_section(summary.neighbours.examples));
  nlp::ReportSection settings{"settings", "How it was made", "", {}};
  settings.blocks.push_back(nlp::DefinitionsBlock{facts(summary)});
  if (!context.command.empty())
    settings.blocks.push_back(nlp::CommandBlock{context.command, "The command"});
  report.sections.push_back(settings);
  report.results["metrics"] = summary.final_metrics;
  report.results["options"] = options_to_json(summary.options);
  report.results["training"] = summary.training;
  report.results["corpus_sha256"] = summary.corpus_hash;
  report.results["neighbour_overlap"] = summary.neighbours.overlap;
  return report;
}

nlp::ModelCard card(const DistillSummary& summary, const RunContext& context) {
  nlp::ModelCard card;
  card.name = "BiLSTM sentence encoder";
  card.description =
      "A " + summary.student +
      " that was trained, without labels, to give the sentence vectors of a " + summary.teacher +
      ". The vectors can be compared by cosine; the model is a start for any sentence-level task.";
  card.teachers.push_back({summary.options.teacher, "", summary.teacher});
  card.data.push_back(
      {"training text", summary.corpus_hash, count_text(summary.sentences) + " sentences"});
  if (has_pairs(summary))
    card.metrics.push_back({"sentence-similarity", "scored pairs", "pairs", "spearmanr", "Spearman",
                            Measurement(metric(summary, "pairs_spearman"))});
  card.facts = facts(summary);
  card.hyper_parameters = options_to_json(summary.options);
  card.hyper_parameters["training"] = summary.training;
  card.hardware = nlp::describe_cpu().model;
  if (!context.command.empty()) card.commands.push_back(context.command);
  return card;
}

}  // namespace

void write_distill_report(const std::filesystem::path& directory, const DistillSummary& summary,
                          const RunContext& context) {
  nlp::write_report(directory, report(directory, summary, context));
  nlp::write_model_card(directory, card(summary, context));
}

}  // namespace limbeck::distill
