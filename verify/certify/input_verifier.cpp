#include "verify/certify/input_verifier.h"

#include <ATen/ATen.h>

#include "nlp/core/errors.h"
#include "verify/certify/bound_options.h"
#include "verify/certify/chunk_lines.h"
#include "verify/certify/item_lines.h"
#include "verify/certify/radius_attack.h"
#include "verify/certify/word_problem.h"

namespace limbeck::verify {
namespace {

nlohmann::ordered_json head(int64_t index, int64_t label, const char* state) {
  return {{"index", index}, {"label", label}, {"state", state}};
}

const char* state_of(const Radius& radius, double asked) {
  if (radius.certified > 0) return "certified";
  if (radius.is_late) return "timeout";
  return asked > 0 && radius.flipped <= asked ? "falsified" : "unknown";
}

nlohmann::ordered_json wrong_line(int64_t index, int64_t label, int64_t predicted) {
  nlohmann::ordered_json line = head(index, label, "falsified");
  line["predicted"] = predicted;
  line["radius"] = 0.0;
  line["refused"] = 0.0;
  line["flipped"] = 0.0;
  line["decided_by"] = "original";
  return line;
}

nlohmann::ordered_json radius_line(int64_t index, int64_t label, const Radius& radius,
                                   const std::string& method, double asked) {
  nlohmann::ordered_json line = head(index, label, state_of(radius, asked));
  line["predicted"] = label;
  line["method"] = method;
  line["radius"] = radius.certified;
  line["refused"] = finite_or_null(radius.refused);
  line["flipped"] = finite_or_null(radius.flipped);
  if (radius.certified == 0 && !radius.reason.empty()) line["unbounded"] = radius.reason;
  return line;
}

}  // namespace

InputVerifier::InputVerifier(CertifyOptions options, Graph graph, const InputSet& inputs)
    : options_(std::move(options)), graph_(std::move(graph)), inputs_(inputs) {
  const std::vector<int64_t>& shape = graph_.node(graph_.output()).shape;
  if (shape.size() != 1 || shape[0] < 2)
    throw UnsupportedError(options_.model +
                           ": expected a classifier: an output of shape (1, classes)");
  classes_ = shape[0];
  if (options_.method != "auto") find_bound_method(options_.method);
}

std::vector<nlohmann::ordered_json> InputVerifier::lines(std::span<const int64_t> indices) {
  return chunk_lines(
      indices, [this](std::span<const int64_t> chunk) { return decided(chunk); },
      [this](int64_t index, const std::string& message) {
        nlohmann::ordered_json line = head(index, inputs_.label(index), "error");
        line["message"] = message;
        return line;
      });
}

std::vector<nlohmann::ordered_json> InputVerifier::decided(std::span<const int64_t> indices) {
  std::vector<at::Tensor> inputs;
  for (const int64_t index : indices) {
    const int64_t label = inputs_.label(index);
    if (label < 0 || label >= classes_)
      throw DataError("label: expected 0 to " + std::to_string(classes_ - 1) + ", got " +
                      std::to_string(label));
    inputs.push_back(inputs_.input(index, graph_.dtype()));
  }
  const at::Tensor all = at::cat(inputs), predicted = evaluate(graph_, all).argmax(1);
  std::vector<int64_t> right, labels;
  for (size_t i = 0; i < indices.size(); ++i)
    if (predicted[static_cast<int64_t>(i)].item<int64_t>() == inputs_.label(indices[i])) {
      right.push_back(static_cast<int64_t>(i));
      labels.push_back(inputs_.label(indices[i]));
    }
  std::vector<Radius> radii;
  std::string method;
  if (!right.empty()) {
    const at::Tensor center = all.index_select(0, at::tensor(right, at::kLong));
    const int64_t elements = center[0].numel();
    const RadiusSearchOptions search = radius_search_options(options_);
    const GrowingRegion balls = growing_lp_balls(
        center, at::arange(elements, at::kLong).expand({center.size(0), elements}), search.norm);
    const at::Tensor rows = margin_rows(labels, classes_, graph_.dtype());
    method = radius_method(graph_, balls, search).name;
    radii = search_radii(graph_, balls, center.size(0), rows, search);
    attack_radii(graph_, balls, rows, radii, radius_attack_options(options_));
  }
  std::vector<nlohmann::ordered_json> lines;
  for (size_t i = 0, k = 0; i < indices.size(); ++i) {
    const int64_t label = inputs_.label(indices[i]);
    if (k < right.size() && right[k] == static_cast<int64_t>(i))
      lines.push_back(radius_line(indices[i], label, radii[k++], method, options_.radius));
    else
      lines.push_back(
          wrong_line(indices[i], label, predicted[static_cast<int64_t>(i)].item<int64_t>()));
  }
  return lines;
}

}  // namespace limbeck::verify
