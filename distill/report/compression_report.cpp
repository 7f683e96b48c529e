#include "distill/report/compression_report.h"

#include "nlp/report/distillation_sections.h"
#include "nlp/report/report_document.h"
#include "nlp/report/run_record.h"

namespace limbeck::distill {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

nlp::CompressionComparison costs(const Comparison& comparison) {
  nlp::CompressionComparison table;
  table.score_name = comparison.score_name;
  table.conditions =
      std::to_string(comparison.models.front().timing.threads) + " threads, " +
      nlp::describe_cpu().model + "; " + std::to_string(comparison.examples) +
      " sentences or examples, tokenization included; single sentences and batches of 64";
  for (const ComparedModel& model : comparison.models) {
    nlp::ModelCost cost;
    cost.name = model.name;
    cost.group = model.group;
    cost.parameters = model.size.parameters;
    cost.parameters_without_embeddings = model.size.parameters - model.size.embedding_parameters;
    cost.bytes = model.size.bytes;
    cost.latency_p50_ms = Measurement(model.timing.p50_ms);
    cost.latency_p95_ms = Measurement(model.timing.p95_ms);
    cost.sentences_per_second = Measurement(model.timing.sentences_per_second);
    cost.score = Measurement(model.score);
    table.models.push_back(std::move(cost));
  }
  return table;
}

const ComparedModel* first_of(const Comparison& comparison, const std::string& group) {
  for (const ComparedModel& model : comparison.models)
    if (model.group == group) return &model;
  return nullptr;
}

std::vector<nlp::SummaryTile> tiles(const Comparison& comparison) {
  const ComparedModel& teacher = comparison.models.front();
  const ComparedModel* student = first_of(comparison, "student");
  std::vector<nlp::SummaryTile> list;
  if (student == nullptr) return list;
  const auto ratio = [](double a, double b) { return Measurement(b > 0 ? a / b : 0.0); };
  list.push_back({"score against the teacher",
                  ratio(100 * student->score, teacher.score),
                  "%",
                  comparison.score_name,
                  {NumberStyle::kFixed, 1}});
  list.push_back({"parameters",
                  ratio(static_cast<double>(teacher.size.parameters),
                        static_cast<double>(student->size.parameters)),
                  "times fewer",
                  "embeddings included",
                  {NumberStyle::kFixed, 1}});
  list.push_back({"one sentence",
                  ratio(teacher.timing.p50_ms, student->timing.p50_ms),
                  "times faster",
                  student->name + " against " + teacher.name,
                  {NumberStyle::kFixed, 1}});
  list.push_back({"neighbours shared",
                  Measurement(comparison.neighbour_overlap),
                  "",
                  "of the teacher's 5 nearest sentences",
                  {NumberStyle::kFixed, 3}});
  return list;
}

}  // namespace

nlohmann::ordered_json comparison_json(const Comparison& comparison) {
  nlohmann::ordered_json json{{"score_name", comparison.score_name},
                              {"examples", comparison.examples},
                              {"neighbour_overlap", comparison.neighbour_overlap},
                              {"passed", comparison.is_passed}};
  for (const ComparedModel& model : comparison.models)
    json["models"].push_back({{"name", model.name},
                              {"description", model.description},
                              {"parameters", model.size.parameters},
                              {"embedding_parameters", model.size.embedding_parameters},
                              {"bytes", model.size.bytes},
                              {"p50_ms", model.timing.p50_ms},
                              {"p95_ms", model.timing.p95_ms},
                              {"sentences_per_second", model.timing.sentences_per_second},
                              {"threads", model.timing.threads},
                              {"score", model.score}});
  return json;
}

void write_compression_report(const std::filesystem::path& directory, const CompareOptions& options,
                              const Comparison& comparison, const NeighbourAgreement& neighbours,
                              const RunContext& context) {
  nlp::Report report;
  report.command = "compare";
  report.title = "Teacher and student";
  if (options.min_relative_score > 0)
    report.verdict =
        nlp::Verdict{comparison.is_passed ? nlp::VerdictStatus::kPass : nlp::VerdictStatus::kFail,
                     comparison.is_passed ? "the student reaches the score that was asked for"
                                          : "the student is below the score that was asked for"};
  report.summary = tiles(comparison);
  report.sections.push_back(nlp::compression_section(costs(comparison)));
  if (!neighbours.examples.empty())
    report.sections.push_back(nlp::neighbour_section(neighbours.examples));
  if (!context.command.empty())
    report.sections.push_back(
        {"settings", "How it was made", "", {nlp::CommandBlock{context.command, "The command"}}});
  report.results = comparison_json(comparison);
  nlp::write_report(directory, report);
}

}  // namespace limbeck::distill
