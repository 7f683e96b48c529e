#include <cstdio>

#include "nlp/train/training_log.h"
#include "tools/limbeck/command_finetune.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/train/run_context.h"
#include "tools/limbeck/train/run_json.h"
#include "tools/limbeck/train/training_table.h"
#include "verify/train/certified_trainer.h"

namespace limbeck::tools {
namespace {

std::string as_text(const verify::CertifiedTrainingSummary& summary) {
  char line[160];
  std::snprintf(line, sizeof line, "%lld dev sentences: accuracy %.4f\n",
                static_cast<long long>(summary.dev_sentences), summary.accuracy);
  std::string text = line;
  for (size_t i = 0; i < summary.certified.size(); ++i) {
    std::snprintf(line, sizeof line, "certified for %zu replaced word%s: %.4f\n", i + 1,
                  i == 0 ? "" : "s", summary.certified[i]);
    text += line;
  }
  const std::string& output = summary.options.output;
  return text + "model:  " + output + "\nreport: " + output + "/report.html\n";
}

verify::CertifiedTrainingContext context_of(const RunContext& shared) {
  verify::CertifiedTrainingContext context;
  context.existing = shared.existing;
  context.progress = shared.progress;
  context.command = shared.command;
  context.resume_line = shared.resume_line;
  context.notice = shared.notice;
  context.open_log = [](const std::filesystem::path& folder) {
    return std::make_unique<nlp::TrainingLog>(folder);
  };
  return context;
}

}  // namespace

int run_certified_training(Command& command, const Invocation& invocation) {
  const FinetuneCommand& finetune = dynamic_cast<const FinetuneCommand&>(command);
  const verify::CertifiedTrainingOptions& options = finetune.certified();
  RunJson record(command, invocation, finetune.training().seed,
                 {options.model, options.train, options.dev, options.synonyms, options.vocabulary});
  verify::CertifiedTrainingContext context =
      context_of(run_context_of(command, finetune.directory(), invocation));
  context.on_start = [&](const std::filesystem::path& folder) { record.write_start(folder); };
  const verify::CertifiedTrainingSummary summary =
      verify::train_certified(options, finetune.training(), context);
  record.write_end(options.output);
  if (command.is_json())
    print_result(verify::certified_training_results(summary).dump() + "\n");
  else if (!command.is_quiet())
    print_result(as_text(summary));
  return kDone;
}

}  // namespace limbeck::tools
