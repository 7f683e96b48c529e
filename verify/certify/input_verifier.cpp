#include "verify/certify/input_verifier.h"

#include <ATen/ATen.h>

#include <cmath>
#include <filesystem>

#include "nlp/core/errors.h"
#include "verify/certify/bound_options.h"
#include "verify/certify/chunk_lines.h"
#include "verify/certify/item_lines.h"
#include "verify/certify/radius_attack.h"
#include "verify/certify/word_problem.h"
#include "verify/network/torchscript_network.h"
#include "verify/rigor/rounding.h"

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

}  // namespace

InputVerifier::InputVerifier(CertifyOptions options, const TorchScriptNetwork& network,
                             const InputSet& inputs)
    : options_(std::move(options)), network_(network), inputs_(inputs) {
  const std::vector<int64_t>& shape = network_.graph.node(network_.graph.output()).shape;
  if (shape.size() != 1 || shape[0] < 2)
    throw UnsupportedError(options_.model +
                           ": expected a classifier: an output of shape (1, classes)");
  classes_ = shape[0];
  if (options_.method != "auto") find_bound_method(options_.method);
  if (options_.certificate)
    certificates_ = std::make_unique<InputCertificates>(
        network_.graph, options_, std::filesystem::path(options_.output) / "certificates");
}

int64_t InputVerifier::predicted(const at::Tensor& input) {
  const at::Tensor logits = network_.forward(input);
  if (!agree(evaluate(network_.graph, input), logits))
    throw DataError(options_.model +
                    ": the graph read from it does not give what its forward gives here");
  if (!logits.isfinite().all().item<bool>())
    throw DataError(options_.model + ": expected finite outputs, got NaN or infinity");
  return logits.argmax(1).item<int64_t>();
}

nlohmann::ordered_json InputVerifier::radius_line(int64_t index, const Radius& radius,
                                                  const std::string& method) {
  const int64_t label = inputs_.label(index);
  nlohmann::ordered_json line = head(index, label, state_of(radius, options_.radius));
  line["predicted"] = label;
  line["method"] = method;
  line["radius"] = radius.certified;
  line["refused"] = finite_or_null(radius.refused);
  line["flipped"] = finite_or_null(radius.flipped);
  if (radius.certified == 0 && !radius.reason.empty()) line["unbounded"] = radius.reason;
  if (line["state"] != "falsified") return line;
  const at::Tensor logits = network_.forward(radius.flipping).flatten();
  const double margin =
      (logits[label] - logits.index_fill(0, at::full({1}, label, at::kLong), -kInfinity).max())
          .item<double>();
  if (margin > 0) line["state"] = "unknown";  // the last digits of the file say otherwise
  const at::Tensor elements = radius.flipping.to(at::kDouble).flatten().contiguous();
  line["counterexample"] = std::vector<double>(elements.data_ptr<double>(),
                                               elements.data_ptr<double>() + elements.numel());
  line["replayed_margin"] = finite_or_null(margin);
  return line;
}

nlohmann::ordered_json InputVerifier::explained(const Region& region, int64_t label, double radius,
                                                const std::string& method) {
  const at::Tensor rows = margin_rows(std::vector<int64_t>{label}, classes_, region.dtype());
  nlohmann::ordered_json json{{"radius", radius}};
  json.update(explanation_json(explain_bound(network_.graph, region, rows,
                                             find_bound_method(method), bound_options(options_))
                                   .front(),
                               network_.graph));
  return json;
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
    inputs.push_back(inputs_.input(index, network_.graph.dtype()));
  }
  std::vector<int64_t> right, labels, answers;
  for (size_t i = 0; i < indices.size(); ++i) {
    answers.push_back(predicted(inputs[i]));
    if (answers[i] != inputs_.label(indices[i])) continue;
    right.push_back(static_cast<int64_t>(i));
    labels.push_back(answers[i]);
  }
  std::vector<nlohmann::ordered_json> found;  // of those that are right
  if (!right.empty()) found = searched(inputs, right, labels, indices);
  std::vector<nlohmann::ordered_json> lines;
  for (size_t i = 0, k = 0; i < indices.size(); ++i) {
    const bool is_right = k < right.size() && right[k] == static_cast<int64_t>(i);
    lines.push_back(is_right ? std::move(found[k++])
                             : wrong_line(indices[i], inputs_.label(indices[i]), answers[i]));
    if (is_right) continue;
    if (options_.explain) lines.back()["explain"] = nullptr;
    if (certificates_) lines.back()["certificate"] = nullptr;
  }
  return lines;
}

/// The lines of the inputs `right` (of this chunk, places in `indices`), searched together.
std::vector<nlohmann::ordered_json> InputVerifier::searched(const std::vector<at::Tensor>& inputs,
                                                            const std::vector<int64_t>& right,
                                                            const std::vector<int64_t>& labels,
                                                            std::span<const int64_t> indices) {
  const Graph& graph = network_.graph;
  const at::Tensor center = at::cat(inputs).index_select(0, at::tensor(right, at::kLong));
  const int64_t elements = center[0].numel();
  const RadiusSearchOptions search = radius_search_options(options_);
  const GrowingRegion balls = growing_lp_balls(
      center, at::arange(elements, at::kLong).expand({center.size(0), elements}), search.norm);
  const at::Tensor rows = margin_rows(labels, classes_, graph.dtype());
  const std::string method = radius_method(graph, balls, search).name;
  std::vector<Radius> radii = search_radii(graph, balls, center.size(0), rows, search);
  attack_radii(graph, balls, rows, radii, radius_attack_options(options_));
  std::vector<nlohmann::ordered_json> lines;
  for (size_t k = 0; k < right.size(); ++k) {
    const int64_t index = indices[static_cast<size_t>(right[k])];
    const Radius& radius = radii[k];
    nlohmann::ordered_json line = radius_line(index, radius, method);
    if (options_.explain) {
      const double at_radius = std::isfinite(radius.refused) ? radius.refused : radius.certified;
      const std::unique_ptr<Region> region =
          balls(at::full({1}, static_cast<int64_t>(k), at::kLong),
                at::full({1}, at_radius, center.options()));
      line["explain"] = at_radius > 0 ? explained(*region, labels[k], at_radius, method)
                                      : nlohmann::ordered_json(nullptr);
    }
    if (certificates_)
      set_certificate(line, [&] {
        return radius.certified > 0
                   ? certificates_->write(index, center[static_cast<int64_t>(k)].unsqueeze(0),
                                          labels[k], radius.certified, method)
                   : "";
      });
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace limbeck::verify
