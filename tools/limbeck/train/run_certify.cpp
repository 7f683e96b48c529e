#include <cstdio>

#include "nlp/core/json_file.h"
#include "tools/limbeck/command_certify.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/train/run_context.h"
#include "tools/limbeck/train/run_json.h"
#include "tools/limbeck/train/training_table.h"
#include "verify/certify/certify_sentences.h"

namespace limbeck::tools {
namespace {

std::string as_json(const verify::CertifySummary& summary, const verify::CertifyOptions& options) {
  nlohmann::ordered_json json{{"output", options.output},       {"items", summary.items},
                              {"certified", summary.certified}, {"falsified", summary.falsified},
                              {"unknown", summary.unknown},     {"timeouts", summary.timeouts},
                              {"errors", summary.errors}};
  if (options.certificate) json["certificates"] = summary.certificates;
  if (summary.has_radii) {
    json["mean_radius"] = summary.mean_radius;
    json["min_radius"] = summary.min_radius;
  }
  return json.dump() + "\n";
}

std::string as_text(const verify::CertifySummary& summary, const verify::CertifyOptions& options) {
  char text[256];
  std::snprintf(
      text, sizeof text,
      "%lld %s: %lld certified, %lld falsified, %lld unknown, %lld timeouts, %lld errors\n",
      static_cast<long long>(summary.items), summary.is_of_inputs ? "inputs" : "sentences",
      static_cast<long long>(summary.certified), static_cast<long long>(summary.falsified),
      static_cast<long long>(summary.unknown), static_cast<long long>(summary.timeouts),
      static_cast<long long>(summary.errors));
  std::string all = text;
  if (summary.has_radii) {
    std::snprintf(text, sizeof text, "certified radius: mean %.6g, least %.6g\n",
                  summary.mean_radius, summary.min_radius);
    all += text;
  }
  if (options.certificate)
    all += "certificates: " + std::to_string(summary.certificates) + " of " +
           std::to_string(summary.certified) + " certified\n";
  return all + "items:  " + options.output + "/items.jsonl\nreport: " + options.output +
         "/report.html\n";
}

int exit_code(const verify::CertifySummary& summary, const verify::CertifyOptions& options) {
  if (summary.items == 0 || summary.errors == summary.items) return kInconclusive;
  return summary.certified_share() < options.min_certified ? kGateFailed : kDone;
}

}  // namespace

int run_certify(Command& command, const Invocation& invocation) {
  const CertifyCommand& certify = dynamic_cast<const CertifyCommand&>(command);
  const verify::CertifyOptions& options = certify.options();
  RunJson record(command, invocation, 0,
                 {options.model, options.vocabulary, options.data, options.synonyms});
  const RunContext shared = run_context_of(command, certify.directory(), invocation);
  verify::CertifyContext context;
  context.existing = shared.existing;
  context.progress = shared.progress;
  context.command = shared.command;
  context.resume_line = shared.resume_line;
  context.on_start = [&](const std::filesystem::path& folder) {
    if (options.merge.empty() && context.existing == ExistingOutput::kResume &&
        std::filesystem::exists(folder / "run.json")) {
      record.require_same_inputs(folder);
      verify::require_same_options(
          read_json_file(folder / "run.json").value("options", nlohmann::json::object()), options);
    }
    record.write_start(folder);
  };
  const verify::CertifySummary summary = options.merge.empty()
                                             ? verify::certify_sentences(options, context)
                                             : verify::merge_shards(options, context);
  record.write_end(options.output);
  if (!command.is_quiet())
    print_result(command.is_json() ? as_json(summary, options) : as_text(summary, options));
  return exit_code(summary, options);
}

}  // namespace limbeck::tools
