#pragma once

#include <filesystem>
#include <string>

#include "verify/certify/certificate_draft.h"
#include "verify/certify/radius_search.h"
#include "verify/options/certify_options.h"

namespace limbeck::verify {

/// Writes proofs for inputs of a TorchScript network that `limbeck check-certificate` can follow
/// without LibTorch: item-N.json and item-N.safetensors in a folder, beside them
/// weights.safetensors with the constants of the graph, which all share. The file of the network is
/// named by its hash, its weights are not compared with these: a checker trusts the graph, as
/// always, and its constants.
class InputCertificates {
 public:
  /// `graph`, that of options.model, must outlive the writer.
  InputCertificates(const Graph& graph, const CertifyOptions& options,
                    std::filesystem::path folder);

  /// The ball around `input` (1, ...), which is `index` of the data. The name of the file from the
  /// output directory; empty where rigorous bounds without known ranges do not prove it.
  std::string write(int64_t index, const at::Tensor& input, int64_t label, double radius,
                    const std::string& method);

 private:
  const Graph& graph_;
  std::filesystem::path network_, data_;
  std::string norm_;
  RadiusSearchOptions search_;
  std::filesystem::path folder_;
  std::string network_sha256_, data_sha256_, weights_sha256_;
  NamedWeights weights_;
};

}  // namespace limbeck::verify
