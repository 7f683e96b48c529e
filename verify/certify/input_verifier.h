#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "verify/certify/input_certificates.h"
#include "verify/certify/input_set.h"
#include "verify/certify/radius_search.h"
#include "verify/options/certify_options.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// Certified radii of the inputs of any network: all elements move within one ball.
///
/// Law:     one line an item, in order, whatever else is in the chunk; an item that fails is a line
///          of state "error" and the others go on.
class InputVerifier {
 public:
  /// `network` and `inputs` must outlive the verifier; the network maps (1, ...) to (1, C).
  /// Throws: ConfigError for an unknown method; UnsupportedError for a network of another output.
  InputVerifier(CertifyOptions options, const TorchScriptNetwork& network, const InputSet& inputs);

  /// {"index", "label", "state", "predicted", "method", "radius", "refused", "flipped"}; `refused`
  /// and `flipped` are null where no such radius was found. "predicted" is what the file computes;
  /// where its graph computes something else the item is an error. An item falsified within the
  /// radius asked for has the "counterexample", elements in row-major order, and the margin of the
  /// file there. "explain" (radius, and as explanation_json) and "certificate" where they were
  /// asked for; null where the answer is wrong, or no certificate could be written. Throws:
  /// Interrupted after a signal; SoundnessError: neither is a matter of one item.
  std::vector<nlohmann::ordered_json> lines(std::span<const int64_t> indices);

 private:
  std::vector<nlohmann::ordered_json> decided(std::span<const int64_t> indices);
  std::vector<nlohmann::ordered_json> searched(const std::vector<at::Tensor>& inputs,
                                               const std::vector<int64_t>& right,
                                               const std::vector<int64_t>& labels,
                                               std::span<const int64_t> indices);
  /// The class that the file gives to one input. Throws: DataError when its graph differs.
  int64_t predicted(const at::Tensor& input);
  /// The line of an input that the network gets right.
  nlohmann::ordered_json radius_line(int64_t index, const Radius& radius,
                                     const std::string& method);
  nlohmann::ordered_json explained(const Region& region, int64_t label, double radius,
                                   const std::string& method);

  CertifyOptions options_;
  const TorchScriptNetwork& network_;
  const InputSet& inputs_;
  std::unique_ptr<InputCertificates> certificates_;  // null: none are wanted
  int64_t classes_ = 0;
};

}  // namespace limbeck::verify
