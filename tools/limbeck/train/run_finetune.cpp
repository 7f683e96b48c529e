#include <cstdio>

#include "data/asset.h"
#include "distill/train/fine_tuner.h"
#include "tools/limbeck/command_finetune.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/train/run_context.h"
#include "tools/limbeck/train/training_table.h"

namespace limbeck::tools {
namespace {

std::string as_text(const distill::FineTuneSummary& summary) {
  std::string text;
  for (const distill::VariantScore& score :
       distill::variant_scores(summary, summary.metric, false)) {
    char line[160];
    std::snprintf(line, sizeof line, "%-16s %s %.4f", score.variant.c_str(), summary.metric.c_str(),
                  score.mean);
    text += line;
    if (score.runs > 1) {
      std::snprintf(line, sizeof line, " (mean of %lld seeds, sd %.4f)",
                    static_cast<long long>(score.runs), score.deviation);
      text += line;
    }
    text += "\n";
  }
  return text + "model:  " + summary.options.output + "\nreport: " + summary.options.output +
         "/report.html\n";
}

/// The snippets live in the asset cache unless a folder is given.
distill::FineTuneOptions with_task_folder(distill::FineTuneOptions options) {
  if (options.glue_dir.empty() && options.task == "snippets")
    options.glue_dir = data::require_asset("snippets").string();
  if (options.glue_dir.empty() && !options.task.empty())
    throw ConfigError("--glue-dir: expected the folder of the GLUE tasks for --task " +
                      options.task);
  return options;
}

}  // namespace

int run_finetune(Command& command, const Invocation& invocation) {
  const FinetuneCommand& finetune = dynamic_cast<const FinetuneCommand&>(command);
  const distill::FineTuneSummary summary =
      distill::fine_tune(with_task_folder(finetune.options()), finetune.training(),
                         run_context_of(command, finetune.directory(), invocation));
  if (command.is_json()) {
    print_result(distill::finetune_results(summary).dump() + "\n");
  } else if (!command.is_quiet()) {
    print_result(as_text(summary));
  }
  return kDone;
}

}  // namespace limbeck::tools
