#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <vector>

#include "verify/certify/input_set.h"
#include "verify/graph/graph.h"
#include "verify/options/certify_options.h"

namespace limbeck::verify {

/// Certified radii of the inputs of any network: all elements move within one ball.
///
/// Law:     one line an item, in order, whatever else is in the chunk; an item that fails is a line
///          of state "error" and the others go on.
class InputVerifier {
 public:
  /// `inputs` must outlive the verifier; `graph` maps (1, ...) to (1, C).
  /// Throws: ConfigError for an unknown method; UnsupportedError for a graph of another output.
  InputVerifier(CertifyOptions options, Graph graph, const InputSet& inputs);

  /// {"index", "label", "state", "predicted", "method", "radius", "refused", "flipped"}; `refused`
  /// and `flipped` are null where no such radius was found.
  /// Throws: Interrupted after a signal; SoundnessError: neither is a matter of one item.
  std::vector<nlohmann::ordered_json> lines(std::span<const int64_t> indices);

 private:
  std::vector<nlohmann::ordered_json> decided(std::span<const int64_t> indices);

  CertifyOptions options_;
  Graph graph_;
  const InputSet& inputs_;
  int64_t classes_ = 0;
};

}  // namespace limbeck::verify
