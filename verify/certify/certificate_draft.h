#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "verify/graph/graph.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {

struct Relaxation;

/// Constants of a graph that the file of its weights holds, by name; float64.
using NamedWeights = std::map<std::string, at::Tensor>;

/// One certificate in the making: a graph, regions over which the margins of its answer are proved
/// (parts), and what is said of them (verify/certificate/certificate.h has the format).
class CertificateDraft {
 public:
  /// `weights` and the method's row must outlive the draft.
  /// Throws:  ConfigError for an unknown method.
  CertificateDraft(const Graph& graph, int64_t label, int64_t classes, const std::string& method,
                   BoundOptions options, const NamedWeights& weights);

  /// Bounds the margins over one item's region in rigorous arithmetic: a part more where all are
  /// positive.
  bool prove(const Region& region);
  size_t parts() const { return margins_.size(); }
  /// The linear form of the last prove(), where its method has one, and its row of the least
  /// margin.
  const std::optional<LinearForm>& last_form() const { return last_form_; }
  int64_t last_worst() const { return last_worst_; }

  /// What the file says besides graph, parts and margins.
  nlohmann::ordered_json& json() { return json_; }

  /// item-`index`.json and .safetensors in the folder, which is made, each atomically. Gives the
  /// name from the folder's parent.
  std::string write(const std::filesystem::path& folder, int64_t index);

 private:
  void keep(const std::string& name, const at::Tensor& tensor);
  void add_part(const std::vector<Interval>& intervals);
  void add_planes(size_t part, int64_t node, const Relaxation& relaxation);
  nlohmann::ordered_json constant_json(const at::Tensor& constant, const std::string& name);
  nlohmann::ordered_json graph_json();

  Graph graph_;
  int64_t label_ = 0, classes_ = 0;
  const BoundMethod& method_;
  BoundOptions options_;
  const NamedWeights& weights_;
  nlohmann::ordered_json json_;
  NamedWeights tensors_;
  std::vector<double> margins_;
  std::optional<LinearForm> last_form_;
  int64_t last_worst_ = 0;
};

/// "certificate" of a line: the name that `write` gives, from the output directory; null where it
/// is empty, or, with a "certificate_message", where `write` throws: a verdict stands without
/// proof.
void set_certificate(nlohmann::ordered_json& line, const std::function<std::string()>& write);

/// The constants of a graph that its certificates name, as `g<node>.<k>`.
NamedWeights named_constants(const Graph& graph);

/// The same tensors as a safetensors file, written atomically.
void write_tensors(const std::filesystem::path& file, const NamedWeights& tensors);

}  // namespace limbeck::verify
