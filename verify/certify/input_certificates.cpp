#include "verify/certify/input_certificates.h"

#include <ATen/ATen.h>

#include "nlp/core/sha256.h"
#include "verify/certify/bound_options.h"
#include "verify/region/lp_ball.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeights = "weights.safetensors";

}  // namespace

InputCertificates::InputCertificates(const Graph& graph, const CertifyOptions& options,
                                     fs::path folder)
    : graph_(graph),
      network_(options.model),
      data_(options.data),
      norm_(options.norm),
      search_(radius_search_options(options)),
      folder_(std::move(folder)),
      network_sha256_(sha256_hex_of_file(network_)),
      data_sha256_(sha256_hex_of_file(data_)),
      weights_(named_constants(graph)) {}

std::string InputCertificates::write(int64_t index, const at::Tensor& input, int64_t label,
                                     double radius, const std::string& method) {
  const int64_t classes = graph_.node(graph_.output()).shape[0];
  CertificateDraft draft(graph_, label, classes, method, search_.bound, weights_);
  nlohmann::ordered_json& json = draft.json();
  const LpBall ball(input, at::arange(input.numel(), at::kLong).unsqueeze(0),
                    at::full({1}, radius, at::kDouble), search_.norm);
  if (!draft.prove(ball)) return "";
  if (weights_sha256_.empty()) {
    fs::create_directories(folder_);
    write_tensors(folder_ / kWeights, weights_);
    weights_sha256_ = sha256_hex_of_file(folder_ / kWeights);
  }
  json["network"] = {{"path", network_.string()}, {"sha256", network_sha256_}};
  json["model"] = {{"path", kWeights}, {"sha256", weights_sha256_}};
  json["input"] = {{"path", data_.string()}, {"sha256", data_sha256_}, {"index", index}};
  const nlohmann::ordered_json ball_json{
      {"positions", std::vector<int64_t>{0}}, {"radius", radius}, {"part", 0}};
  json["claim"] = {
      {"kind", "balls"}, {"norm", norm_}, {"balls", nlohmann::ordered_json::array({ball_json})}};
  return draft.write(folder_, index);
}

}  // namespace limbeck::verify
