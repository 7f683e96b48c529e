#include "verify/certify/certify_inputs.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <fstream>
#include <memory>
#include <span>

#include "nlp/core/errors.h"
#include "verify/certify/input_verifier.h"
#include "verify/certify/item_run.h"
#include "verify/certify/method_comparison.h"
#include "verify/network/torchscript_network.h"

namespace limbeck::verify {
namespace {

constexpr size_t kChunk = 32;  // inputs whose radii are searched together

void refuse_options_of_sentences(const CertifyOptions& options) {
  const auto refuse = [](bool is_given, const char* flag) {
    if (is_given)
      throw ConfigError(std::string(flag) +
                        ": expected a model of sentences, got a TorchScript file");
  };
  refuse(options.budget > 0, "--budget");
  refuse(!options.synonyms.empty(), "--synonyms");
  refuse(!options.vocabulary.empty(), "--vocabulary");
}

}  // namespace

bool is_torchscript(const std::string& model) {
  if (model.ends_with(".pt") || model.ends_with(".pth")) return true;
  std::ifstream stream(model, std::ios::binary);
  char start[4] = {};
  return stream.read(start, sizeof start) &&
         std::string_view(start, sizeof start) == std::string_view("PK\x03\x04", 4);
}

CertifySummary certify_inputs(const CertifyOptions& options, const CertifyContext& context) {
  refuse_options_of_sentences(options);
  const at::NoGradGuard no_gradient;
  const InputSet inputs(options.data);
  const std::vector<int64_t> items = chosen_items(inputs.size(), options);
  const at::ScalarType dtype = options.arith == "fast" ? at::kFloat : at::kDouble;
  const at::Tensor sample = at::zeros(inputs.item_shape(), dtype);
  const TorchScriptNetwork network = load_torchscript(options.model, sample);
  const MethodComparison methods(options, [&](const CertifyOptions& own) -> DecideItems {
    const auto verifier = std::make_shared<InputVerifier>(own, network, inputs);
    return [verifier, &items](size_t first, size_t count) {
      return verifier->lines(std::span(items).subspan(first, count));
    };
  });
  return run_items({items.size(), kChunk,
                    [&](size_t first, size_t count) { return methods.lines(first, count); }},
                   options, context);
}

}  // namespace limbeck::verify
