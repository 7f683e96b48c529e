#include <cstdio>

#include "distill/train/sentence_distiller.h"
#include "tools/limbeck/command_distill.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/train/run_context.h"
#include "tools/limbeck/train/run_json.h"
#include "tools/limbeck/train/training_table.h"

namespace limbeck::tools {
namespace {

std::string as_json(const distill::DistillOutcome& outcome, const std::string& output) {
  return nlohmann::ordered_json{{"output", output},
                                {"sentences", outcome.sentences},
                                {"training_sentences", outcome.training_sentences},
                                {"steps", outcome.steps},
                                {"validation_loss", outcome.validation_loss},
                                {"baseline_loss", outcome.baseline_loss},
                                {"retrieval_at_1", outcome.retrieval_at_1}}
             .dump() +
         "\n";
}

std::string as_text(const distill::DistillOutcome& outcome, const std::string& output) {
  char text[256];
  std::snprintf(text, sizeof text,
                "%lld sentences, %lld steps: validation loss %.4f (always the mean: %.4f), "
                "retrieval@1 %.3f\n",
                static_cast<long long>(outcome.training_sentences),
                static_cast<long long>(outcome.steps), outcome.validation_loss,
                outcome.baseline_loss, outcome.retrieval_at_1);
  return text + ("student: " + output + "\nreport:  " + output + "/report.html\n");
}

}  // namespace

int run_distill(Command& command, const Invocation& invocation) {
  const DistillCommand& distill = dynamic_cast<const DistillCommand&>(command);
  const std::string& output = distill.options().output;
  RunJson record(command, invocation, distill.training().seed,
                 distill::input_paths(distill.options()));
  RunContext context = run_context_of(command, distill.directory(), invocation);
  context.on_start = [&](const std::filesystem::path& folder) { record.write_start(folder); };
  const distill::DistillOutcome outcome =
      distill::distil_sentences(distill.options(), distill.training(), context);
  if (!outcome.was_finished) record.write_end(output);
  if (!command.is_quiet())
    print_result(command.is_json() ? as_json(outcome, output) : as_text(outcome, output));
  return kDone;
}

}  // namespace limbeck::tools
