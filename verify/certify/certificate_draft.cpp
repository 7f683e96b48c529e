#include "verify/certify/certificate_draft.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/sha256.h"
#include "nlp/tensor/safetensors.h"
#include "verify/certify/word_problem.h"
#include "verify/pass/relaxations.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// The graph without what is known of nodes from elsewhere (such as the range of a LayerNorm),
/// which a checker cannot follow node by node.
Graph without_known_ranges(const Graph& graph) {
  std::vector<Node> nodes = graph.nodes();
  for (Node& node : nodes) {
    node.least = -std::numeric_limits<double>::infinity();
    node.most = std::numeric_limits<double>::infinity();
  }
  return Graph(std::move(nodes));
}

/// The constants of a node that a certificate names; those that follow from others are left out.
std::vector<at::Tensor> kept_constants(const Node& node) {
  const std::vector<at::Tensor>& all = node.constants;
  if (node.op == "linear" || node.op == "conv2d") return {all[0], all[2]};
  if (node.op == "left_matmul") return {all[0]};
  return all;
}

/// Axes of size 1 in front do not matter: constants broadcast.
std::vector<int64_t> bare_shape(const at::Tensor& tensor) {
  std::vector<int64_t> shape = tensor.sizes().vec();
  while (shape.size() > 1 && shape.front() == 1) shape.erase(shape.begin());
  return shape;
}

/// "p3.12.lower", "g12.0": prefix, number, point, rest.
std::string tensor_name(const char* prefix, int64_t number, const std::string& rest) {
  std::string name = prefix;
  name += std::to_string(number);
  name += '.';
  name += rest;
  return name;
}

std::string part_name(size_t part, int64_t node, const std::string& what) {
  return tensor_name("p", static_cast<int64_t>(part), tensor_name("", node, what));
}

/// An open end of a clamp is the largest double: JSON has no infinity.
std::vector<double> finite(std::vector<double> numbers) {
  for (double& number : numbers)
    number = std::clamp(number, std::numeric_limits<double>::lowest(),
                        std::numeric_limits<double>::max());
  return numbers;
}

std::string constant_name(int64_t node, size_t k) {
  return tensor_name("g", node, std::to_string(k));
}

}  // namespace

CertificateDraft::CertificateDraft(const Graph& graph, int64_t label, int64_t classes,
                                   const std::string& method, BoundOptions options,
                                   const NamedWeights& weights)
    : graph_(without_known_ranges(graph)),
      label_(label),
      classes_(classes),
      method_(find_bound_method(method)),
      options_(options),
      weights_(weights) {
  options_.arithmetic = Arithmetic::kRigorous;
  json_ = {{"format", "limbeck-certificate"},
           {"version", 1},
           {"arithmetic", "rigorous"},
           {"ranges", has_zonotopes(method_) ? "zonotopes" : "substitution"},
           {"label", label},
           {"classes", classes}};
}

bool CertificateDraft::prove(const Region& region) {
  const at::Tensor rows = margin_rows(std::vector<int64_t>{label_}, classes_, at::kDouble);
  BoundResult result = bound(graph_, region, rows, method_, options_);
  const auto [least, worst] = result.lower.min(0);
  const double margin = least.item<double>();
  last_form_ = result.form;
  last_worst_ = worst.item<int64_t>();
  if (!(margin > 0)) return false;
  add_part(result.intervals);
  margins_.push_back(margin * (1 - 1e-6));  // the checker rounds in another order
  return true;
}

std::string CertificateDraft::write(const fs::path& folder, int64_t index) {
  const std::string name = "item-" + std::to_string(index);
  json_["graph"] = graph_json();
  json_["parts"] = margins_.size();
  json_["margins"] = margins_;
  fs::create_directories(folder);
  const fs::path tensors = folder / (name + ".safetensors");
  write_tensors(tensors, tensors_);
  json_["tensors"] = {{"path", tensors.filename().string()},
                      {"sha256", sha256_hex_of_file(tensors)}};
  write_json_file(folder / (name + ".json"), json_);
  return folder.filename().string() + "/" + name + ".json";
}

void CertificateDraft::keep(const std::string& name, const at::Tensor& tensor) {
  tensors_[name] = tensor.detach().to(at::kDouble).contiguous();
}

void CertificateDraft::add_part(const std::vector<Interval>& intervals) {
  Relaxations relaxations(graph_, intervals, Arithmetic::kRigorous);
  const size_t part = margins_.size();
  for (int64_t i = 0; i < graph_.size(); ++i) {
    const Interval& x = intervals[static_cast<size_t>(i)];
    keep(part_name(part, i, "lower"), x.lower[0]);
    keep(part_name(part, i, "upper"), x.upper[0]);
    if (i == 0 || find_operation(graph_.node(i).op).is_affine()) continue;
    const Relaxation& relaxation = relaxations.at(i);
    if (relaxation.lines.lower_slope.defined()) {
      const Lines& lines = relaxation.lines;
      keep(part_name(part, i, "lines"), at::stack({lines.lower_slope[0], lines.lower_offset[0],
                                                   lines.upper_slope[0], lines.upper_offset[0]}));
    }
    add_planes(part, i, relaxation);
  }
}

/// Planes of products leave their own rounding to the slack of the node: here it joins the error.
void CertificateDraft::add_planes(size_t part, int64_t node, const Relaxation& relaxation) {
  constexpr size_t kError = 3;
  const std::string& op = graph_.node(node).op;
  for (size_t k = 0; k < relaxation.planes.size(); ++k) {
    at::Tensor plane = relaxation.planes[k][0];
    if (k == kError && (op == "product" || op == "matmul"))
      plane = plane + relaxation.slack[0] + 1e-290;
    keep(part_name(part, node, "plane" + std::to_string(k)), plane);
  }
}

Json CertificateDraft::constant_json(const at::Tensor& constant, const std::string& name) {
  if (!constant.defined()) return nullptr;
  const at::Tensor values = constant.to(at::kDouble);
  const auto holds = [&](const at::Tensor& weight) {
    return weight.numel() == values.numel() && bare_shape(weight) == bare_shape(values) &&
           at::equal(weight.flatten(), values.flatten());
  };
  for (const bool is_exact : {true, false})
    for (const auto& [weight_name, weight] : weights_)
      if (is_exact == (weight.sizes() == values.sizes()) && holds(weight))
        return {{"model", weight_name}};
  keep(name, values);
  return {{"tensor", name}};
}

Json CertificateDraft::graph_json() {
  Json all = Json::array();
  for (int64_t i = 0; i < graph_.size(); ++i) {
    const Node& node = graph_.node(i);
    Json constants = Json::array();
    const std::vector<at::Tensor> kept = kept_constants(node);
    for (size_t k = 0; k < kept.size(); ++k)
      constants.push_back(constant_json(kept[k], constant_name(i, k)));
    all.push_back({{"op", node.op},
                   {"inputs", node.inputs},
                   {"shape", node.shape},
                   {"ints", node.ints},
                   {"numbers", finite(node.numbers)},
                   {"constants", constants}});
  }
  return all;
}

void set_certificate(nlohmann::ordered_json& line, const std::function<std::string()>& write) {
  line["certificate"] = nullptr;
  try {
    const std::string name = write();
    if (!name.empty()) line["certificate"] = name;
  } catch (const UnsupportedError& error) {
    line["certificate_message"] = error.what();
  } catch (const DataError& error) {
    line["certificate_message"] = error.what();
  }
}

NamedWeights named_constants(const Graph& graph) {
  NamedWeights named;
  for (int64_t i = 0; i < graph.size(); ++i) {
    const std::vector<at::Tensor> kept = kept_constants(graph.node(i));
    for (size_t k = 0; k < kept.size(); ++k)
      if (kept[k].defined())
        named[constant_name(i, k)] = kept[k].detach().to(at::kDouble).contiguous();
  }
  return named;
}

void write_tensors(const fs::path& file, const NamedWeights& tensors) {
  std::vector<nlp::NamedTensor> named;
  for (const auto& [name, tensor] : tensors) {
    const std::span<const double> values(tensor.const_data_ptr<double>(),
                                         static_cast<size_t>(tensor.numel()));
    named.push_back({name, {nlp::Dtype::kF64, tensor.sizes().vec(), std::as_bytes(values)}});
  }
  nlp::write_safetensors(file, std::move(named), {{"format", "limbeck-certificate"}});
}

}  // namespace limbeck::verify
