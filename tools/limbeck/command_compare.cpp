#include <cstdio>

#include "data/asset.h"
#include "distill/evaluate/compare_models.h"
#include "distill/report/compression_report.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/run_journal.h"

namespace limbeck::tools {
namespace {

/// The part of the shared output options that fits a command that cannot be resumed.
struct OverwriteOption {
  bool overwrite = false;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("overwrite", self.overwrite, "replace what the output directory holds");
  }
};

class CompareCommand final : public Command {
 public:
  CompareCommand()
      : Command(
            {"compare",
             "measure what the compression costs",
             "Size, speed of one sentence and of many, and score of teacher, student and control "
             "on the same data, as a table and a page.",
             {{"limbeck compare --teacher DIR --student student --data text.txt --output out",
               "plain sentences: the cosine of both models' vectors"},
              {"limbeck compare --teacher t-sst2 --student s-sst2 --task sst2 --glue-dir glue "
               "--output out",
               "fine-tuned models on their task"}}}) {
    table()
        .bind(options_)
        .bind(overwrite_)
        .directory("teacher")
        .directory("student")
        .directory("control")
        .directory("glue_dir")
        .directory("output")
        .file("data");
    bind_general();
  }

  int run(const Invocation& invocation) override {
    if (options_.glue_dir.empty() && options_.task == "snippets")
      options_.glue_dir = data::require_asset("snippets").string();
    RunContext context;
    context.existing = overwrite_.overwrite ? ExistingOutput::kOverwrite : ExistingOutput::kRefuse;
    context.command = invocation.line();
    RunJournal journal(*this, invocation, /*seed=*/0,
                       {options_.teacher, options_.student, options_.control, options_.data});
    const distill::Comparison comparison = distill::compare_models(options_, context);
    journal.write_start(options_.output);
    journal.write_end(options_.output);
    if (is_json()) {
      print_result(distill::comparison_json(comparison).dump() + "\n");
    } else if (!is_quiet()) {
      print_result(as_text(comparison));
    }
    return comparison.is_passed ? kDone : kGateFailed;
  }

 private:
  std::string as_text(const distill::Comparison& comparison) const {
    std::string text = "score: " + comparison.score_name + "\n";
    char line[256];
    std::snprintf(line, sizeof line, "%-18s %12s %12s %12s %9s %9s %9s %8s\n", "model",
                  "parameters", "no embed.", "bytes", "p50 ms", "p95 ms", "sent/s", "score");
    text += line;
    for (const distill::ComparedModel& model : comparison.models) {
      std::snprintf(line, sizeof line, "%-18s %12lld %12lld %12lld %9.3f %9.3f %9.0f %8.4f\n",
                    model.name.c_str(), static_cast<long long>(model.size.parameters),
                    static_cast<long long>(model.size.parameters - model.size.embedding_parameters),
                    static_cast<long long>(model.size.bytes), model.timing.p50_ms,
                    model.timing.p95_ms, model.timing.sentences_per_second, model.score);
      text += line;
    }
    return text + "report: " + options_.output + "/report.html\n";
  }

  distill::CompareOptions options_;
  OverwriteOption overwrite_;
};

}  // namespace

std::unique_ptr<Command> make_compare() { return std::make_unique<CompareCommand>(); }

}  // namespace limbeck::tools
