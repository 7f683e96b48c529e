#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "nlp/core/errors.h"
#include "tools/limbeck/command_inspect.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/model_description.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/train/training_table.h"
#include "verify/certify/sentence_model.h"
#include "verify/relax/method_support.h"
#include "verify/trace/lowering.h"
#include "verify/trace/survey.h"

namespace limbeck::tools {
namespace {

using Json = nlohmann::ordered_json;

struct Inspected {
  std::vector<int64_t> input;
  verify::Survey survey;
};

Inspected inspect_torchscript(const InspectOptions& options) {
  if (options.shape.empty())
    throw ConfigError("--shape: expected the sizes of one input of " + options.model +
                      ", got none (a TorchScript file does not say them)");
  std::vector<int64_t> shape = options.shape;
  shape.insert(shape.begin(), 1);
  return {shape, verify::survey_torchscript(options.model, at::zeros(shape))};
}

Inspected inspect_sentences(const InspectOptions& options) {
  verify::CertifyOptions certify;
  certify.model = options.model;
  certify.vocabulary = options.vocabulary;
  certify.heads = options.heads;
  certify.arith = "fast";
  verify::SentenceModel model = verify::load_sentence_model(certify);
  const at::Tensor sample = model.model().sample(options.tokens);
  return {sample.sizes().vec(), verify::survey_function(model.model().function(), sample)};
}

/// "no" for an operation that is not supported at all; alpha takes the usual lines where it has no
/// others.
Json row_of(const verify::TracedOperation& operation) {
  Json row = {{"name", operation.name}, {"count", operation.count}, {"becomes", operation.nodes}};
  verify::MethodSupport support = verify::method_support(operation.nodes);
  if (!operation.problems.empty()) support = {false, false, false, false};
  row["ibp"] = support.interval;
  row["forward"] = support.forward;
  row["crown"] = support.backward;
  row["alpha"] = support.optimized ? "yes" : support.backward ? "usual lines" : "no";
  row["problems"] = operation.problems;
  return row;
}

Json as_json(const InspectOptions& options, const Inspected& inspected) {
  Json json = {{"model", options.model},
               {"input", inspected.input},
               {"supported", inspected.survey.is_supported()},
               {"operations", Json::array()}};
  for (const verify::TracedOperation& operation : inspected.survey.operations)
    json["operations"].push_back(row_of(operation));
  json["known"] = verify::supported_operations();
  return json;
}

std::string padded(std::string text, size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

std::string as_text(const Json& json) {
  std::string text = json["model"].get<std::string>() + "\n  input " + json["input"].dump() +
                     "\n  " + padded("operation", 40) + " count  ibp  forward  crown  alpha\n";
  std::string problems;
  for (const Json& row : json["operations"]) {
    const auto answer = [&](const char* key) { return row[key].get<bool>() ? "yes" : "no"; };
    const std::string count = row["count"].dump();
    text += "  " + padded(row["name"].get<std::string>(), 40) +
            std::string(count.size() < 6 ? 6 - count.size() : 0, ' ') + count + "  " +
            padded(answer("ibp"), 5) + padded(answer("forward"), 9) + padded(answer("crown"), 7) +
            row["alpha"].get<std::string>() + "\n";
    for (const Json& problem : row["problems"])
      problems += "  " + problem.get<std::string>() + "\n";
  }
  if (problems.empty()) return text + "every operation is supported\n";
  return text + "not supported:\n" + problems + "supported: " + json["known"].get<std::string>() +
         "\n";
}

}  // namespace

int run_inspect(Command& command, const Invocation&) {
  const InspectOptions& options = dynamic_cast<const InspectCommand&>(command).options();
  const at::NoGradGuard no_gradient;
  const Inspected inspected = is_zip_archive(options.model) || options.model.ends_with(".pt")
                                  ? inspect_torchscript(options)
                                  : inspect_sentences(options);
  const Json json = as_json(options, inspected);
  if (!command.is_quiet()) print_result(command.is_json() ? json.dump(2) + "\n" : as_text(json));
  return kDone;
}

}  // namespace limbeck::tools
