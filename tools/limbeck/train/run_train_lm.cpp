#include <cstdio>

#include "fairness/train/language_model_trainer.h"
#include "tools/limbeck/command_train_lm.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/train/run_context.h"
#include "tools/limbeck/train/run_json.h"
#include "tools/limbeck/train/training_table.h"

namespace limbeck::tools {
namespace {

std::string as_text(const fairness::TrainLmSummary& summary) {
  char text[256];
  std::snprintf(text, sizeof text,
                "%lld tokens, %lld steps: perplexity of held-out text %.2f (%lld parameters)\n",
                static_cast<long long>(summary.train_tokens), static_cast<long long>(summary.steps),
                summary.metrics.at("validation_perplexity"),
                static_cast<long long>(summary.parameters));
  return text + ("model:  " + summary.options.output + "\nreport: " + summary.options.output +
                 "/report.html\n");
}

}  // namespace

int run_train_lm(Command& command, const Invocation& invocation) {
  const TrainLmCommand& train = dynamic_cast<const TrainLmCommand&>(command);
  const fairness::TrainLmOptions& options = train.options();
  std::vector<std::filesystem::path> inputs(options.text.begin(), options.text.end());
  inputs.emplace_back(options.held_out);
  RunJson record(command, invocation, train.training().seed, inputs);
  RunContext context = run_context_of(command, train.directory(), invocation);
  context.on_start = [&](const std::filesystem::path& folder) { record.write_start(folder); };
  const fairness::TrainLmSummary summary =
      fairness::train_language_model(options, train.training(), context);
  if (!summary.was_finished) record.write_end(options.output);
  if (command.is_json()) {
    print_result(fairness::train_lm_results(summary).dump() + "\n");
  } else if (!command.is_quiet()) {
    print_result(as_text(summary));
  }
  return kDone;
}

}  // namespace limbeck::tools
