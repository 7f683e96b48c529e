#include "verify/certificate/checked_zonotopes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <limits>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "tests/support/error_message.h"
#include "tests/verify/certify/filed_model.h"
#include "verify/pass/bound.h"

namespace limbeck::verify {
namespace {

using test::certifiable;
using test::FiledModel;

class CheckedZonotopesOf : public testing::TestWithParam<const char*> {};

/// A certificate of one ball in which all words move, by zonotopes; as large as they prove.
std::string written_ball(FiledModel& model, const WordProblem& problem, const std::string& norm) {
  CertificateWriter writer(*model.words, model.files, model.folder / "certificates");
  std::string name;
  for (double radius = 1; name.empty(); radius /= 2)
    name = writer.write_balls(0, {"ball", 0, {}}, problem, {{{0, 1, 2}}, {{radius, 1}}, norm},
                              "zonotope+backward", {});
  return (model.folder / name).string();
}

TEST_P(CheckedZonotopesOf, ProveEveryBoundAndHoldEveryValue) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<FiledModel> model;
  const WordProblem problem = certifiable(GetParam(), model);
  const at::Tensor center = model->words->embed(at::tensor(problem.words, at::kLong).unsqueeze(0));
  for (const char* norm : {"1", "2", "inf"}) {
    const Certificate certificate = read_certificate(written_ball(*model, problem, norm), {});
    EXPECT_TRUE(certificate.by_zonotopes);
    const CheckedGraph graph(certificate.graph);
    const std::vector<NodeProof>& proofs = certificate.parts[0];
    const BallRegion ball(certificate.table, problem.words, certificate.balls[0], norm);
    const double p =
        std::string(norm) == "inf" ? std::numeric_limits<double>::infinity() : std::stod(norm);
    at::Tensor z = torch::randn({400, center.numel()}, at::kDouble);
    if (p == 1) z = z * (z.abs() == z.abs().amax({1}, true));
    z = z / torch::linalg_vector_norm(z, p, {1}, true) * certificate.balls[0].radius *
        torch::rand({400, 1}).sqrt();
    std::vector<int64_t> sizes = center.sizes().vec();
    sizes[0] = 400;
    const std::vector<at::Tensor> values =
        evaluate_nodes(model->words->graph(problem.length()), center + z.view(sizes));
    CheckedZonotopes zonotopes(graph, proofs, ball);
    for (size_t node = 0; node < graph.nodes.size(); ++node) {
      const std::vector<Enclosure> range = zonotopes.add_node(node);
      const std::vector<Enclosure> box = node == 0 ? ball.box() : node_range(graph, proofs, node);
      const at::Tensor least = std::get<0>(values[node].flatten(1).min(0)),
                       most = std::get<0>(values[node].flatten(1).max(0));
      for (size_t i = 0; i < range.size(); ++i) {
        const Box& claimed = proofs[node].box;
        EXPECT_LE(claimed.lower.values[i], std::max(range[i].lower, box[i].lower))
            << norm << " node " << node;
        EXPECT_GE(claimed.upper.values[i], std::min(range[i].upper, box[i].upper))
            << norm << " node " << node;
        const auto at = static_cast<int64_t>(i);
        EXPECT_LE(range[i].lower, least[at].item<double>() + 1e-12) << norm << " node " << node;
        EXPECT_GE(range[i].upper, most[at].item<double>() - 1e-12) << norm << " node " << node;
      }
    }
  }
}

TEST(CheckedZonotopes, AreUsedWhereACertificateSaysSo) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<FiledModel> model;
  const WordProblem problem = certifiable("smooth", model);
  const std::string file = written_ball(*model, problem, "2");
  nlohmann::json json = read_json_file(file);
  EXPECT_EQ(json["ranges"], "zonotopes");
  json["ranges"] = "boxes";
  write_file_atomic(file, json.dump());
  EXPECT_THAT(test::error_message<DataError>([&] { read_certificate(file, {}); }),
              testing::HasSubstr("ranges: expected substitution or zonotopes"));
}

INSTANTIATE_TEST_SUITE_P(Nets, CheckedZonotopesOf,
                         testing::Values("attention", "gate", "lstm", "smooth"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace limbeck::verify
