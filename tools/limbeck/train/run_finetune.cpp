#include <algorithm>
#include <cstdio>

#include "data/asset.h"
#include "data/task.h"
#include "distill/train/fine_tuner.h"
#include "tools/limbeck/command_finetune.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/train/run_context.h"
#include "tools/limbeck/train/run_json.h"
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

/// The model, and the files of the task.
std::vector<std::filesystem::path> inputs(const distill::FineTuneOptions& options) {
  if (options.task.empty()) return {options.model, options.train, options.dev};
  const std::filesystem::path folder = data::task_folder(options.task, options.glue_dir);
  std::vector<std::filesystem::path> paths{options.model};
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.is_regular_file()) paths.push_back(entry.path());
  std::ranges::sort(paths.begin() + 1, paths.end());
  return paths;
}

}  // namespace

int run_finetune(Command& command, const Invocation& invocation) {
  const FinetuneCommand& finetune = dynamic_cast<const FinetuneCommand&>(command);
  if (finetune.certified().certified) return run_certified_training(command, invocation);
  const distill::FineTuneOptions options = with_task_folder(finetune.options());
  RunJson record(command, invocation, finetune.training().seed, inputs(options));
  RunContext context = run_context_of(command, finetune.directory(), invocation);
  context.on_start = [&](const std::filesystem::path& folder) { record.write_start(folder); };
  const distill::FineTuneSummary summary =
      distill::fine_tune(options, finetune.training(), context);
  record.write_end(options.output);
  if (command.is_json()) {
    print_result(distill::finetune_results(summary).dump() + "\n");
  } else if (!command.is_quiet()) {
    print_result(as_text(summary));
  }
  return kDone;
}

}  // namespace limbeck::tools
