#include "verify/certify/input_certificates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "nlp/tensor/safetensors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "verify/certificate/check.h"
#include "verify/certificate/not_certified.h"
#include "verify/trace/trace_graph.h"

/// Certificates of inputs of a small convolutional network are written and followed again; then
/// each claim in them is falsified, and must be refused.
namespace limbeck::verify {
namespace {

using testing::HasSubstr;

constexpr int64_t kClasses = 3;

/// A network with affine, scalar and joint nodes, one of them a clamp that is open above.
Graph small_network(const at::Tensor& sample) {
  const at::Tensor kernel = torch::randn({2, 1, 3, 3}, at::kDouble) * 0.5,
                   bias = torch::randn({2}, at::kDouble) * 0.1,
                   scale = torch::rand({2, 1, 1}, at::kDouble) + 0.5,
                   out = torch::randn({kClasses, 8}, at::kDouble);
  return trace_graph(
      [=](const at::Tensor& x) {
        const at::Tensor y = at::conv2d(x, kernel, bias, 1, 1) * scale;
        const at::Tensor z = at::max_pool2d(y.relu(), {2, 2}, {2, 2}).flatten(1);
        return at::linear(z.tanh() * z.sigmoid().clamp_min(0.1), out);
      },
      sample);
}

/// Two pictures of 5 x 5 in float32, a network, and a file that stands for its TorchScript.
struct CertifiedInputs {
  test::TemporaryDirectory folder;
  std::string data, network;
  at::Tensor pictures;
  std::unique_ptr<const Graph> graph;
  CertifyOptions options;

  CertifiedInputs() {
    torch::manual_seed(11);
    pictures = torch::randn({2, 1, 5, 5}, at::kFloat);
    const std::vector<int64_t> labels = {0, 1};
    data = (folder / "inputs.safetensors").string();
    nlp::write_safetensors(
        data,
        {{"inputs",
          {nlp::Dtype::kF32, pictures.sizes().vec(),
           std::as_bytes(std::span(pictures.const_data_ptr<float>(),
                                   static_cast<size_t>(pictures.numel())))}},
         {"labels", {nlp::Dtype::kI64, {2}, std::as_bytes(std::span<const int64_t>(labels))}}},
        {});
    network = folder.write("net.pt", "the bytes of a network").string();
    graph = std::make_unique<const Graph>(small_network(input(0)));
    options.model = network;
    options.data = data;
    options.arith = "rigorous";
  }

  at::Tensor input(int64_t index) const { return pictures[index].unsqueeze(0).to(at::kDouble); }

  int64_t answer(int64_t index) const {
    return evaluate(*graph, input(index)).argmax(1).item<int64_t>();
  }

  std::string written(int64_t index, double radius, const std::string& method,
                      const std::string& norm = "2") {
    options.norm = norm;
    InputCertificates certificates(*graph, options, folder / "certificates");
    const std::string name = certificates.write(index, input(index), answer(index), radius, method);
    return name.empty() ? "" : (folder / name).string();
  }
};

TEST(InputCertificates, AreFollowedForEveryNormAndMethod) {
  const at::NoGradGuard no_gradient;
  CertifiedInputs inputs;
  for (const char* norm : {"1", "2", "inf"})
    for (const char* method :
         {"ibp", "crown-ibp", "forward+backward", "zonotope+backward", "crown"})
      for (const int64_t index : {0, 1}) {
        const std::string file = inputs.written(index, 1e-3, method, norm);
        ASSERT_EQ(file,
                  (inputs.folder / "certificates/item-").string() + std::to_string(index) + ".json")
            << method;
        const CheckedCertificate checked = check_certificate_file(file, {});
        EXPECT_EQ(checked.claim, std::string("the answer is kept within 0.001 in norm ") + norm);
        EXPECT_EQ(checked.words, "input " + std::to_string(index) + " of " + inputs.data);
        EXPECT_EQ(checked.label, inputs.answer(index));
        const at::Tensor logits = evaluate(*inputs.graph, inputs.input(index)).flatten();
        EXPECT_LE(checked.margin, std::get<0>(logits.topk(2)).diff().abs().item<double>() + 1e-9);
      }
  EXPECT_EQ(inputs.written(0, 1e3, "crown-ibp"), "") << "nothing is proved of so large a ball";
}

/// What the checker says of a certificate that `change` has falsified; "" when it passes.
std::string refusal(const std::string& file, const std::function<void(Certificate&)>& change) {
  Certificate certificate = read_certificate(file, {});
  change(certificate);
  try {
    check_certificate(certificate);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(InputCertificates, ThatAreFalsifiedAreRefused) {
  const at::NoGradGuard no_gradient;
  CertifiedInputs inputs;
  const std::string file = inputs.written(1, 1e-2, "crown-ibp");
  EXPECT_EQ(refusal(file, [](Certificate&) {}), "");
  EXPECT_THAT(refusal(file, [](Certificate& c) { c.balls[0].radius *= 1.01; }),
              HasSubstr("node 0 (input): element 0: its bounds do not hold the region"));
  EXPECT_THAT(refusal(file, [](Certificate& c) { c.table.values[7] += 1e-6; }),
              HasSubstr("node 0 (input): element 7: its bounds do not hold the region"));
  EXPECT_THAT(refusal(file, [](Certificate& c) { c.label = (c.label + 1) % kClasses; }),
              HasSubstr("expected a margin above 0"));
  EXPECT_THAT(refusal(file, [](Certificate& c) { c.margins[0] *= 2; }), HasSubstr("its margin "));
  EXPECT_NE(refusal(file, [](Certificate& c) { c.graph[1].constants[0].values[0] += 0.1; }), "");
  EXPECT_THAT(refusal(file, [](Certificate& c) { c.table.values.pop_back(); }),
              HasSubstr("as many elements as that of the data"));
}

/// A copy of a JSON file with one value changed.
void edit(const std::string& file, const nlohmann::json::json_pointer& where,
          const nlohmann::json& value) {
  nlohmann::json json = read_json_file(file);
  json[where] = value;
  write_file_atomic(file, json.dump());
}

TEST(InputCertificates, SpeakOfTheirFilesAlone) {
  const at::NoGradGuard no_gradient;
  CertifiedInputs inputs;
  const auto error = [&](const std::string& where, const nlohmann::json& value) {
    const std::string file = inputs.written(1, 1e-2, "crown-ibp");
    edit(file, nlohmann::json::json_pointer(where), value);
    return test::error_message<Error>([&] { check_certificate_file(file, {}); });
  };
  EXPECT_THAT(error("/input/index", 2), HasSubstr("expected shape (N, ...) with N above 2"));
  EXPECT_THAT(error("/input/index", 0), HasSubstr("its bounds do not hold the region"));
  EXPECT_THAT(error("/claim/balls/0/positions", nlohmann::json::array()),
              HasSubstr("expected at least one, in order"));
  EXPECT_THAT(error("/claim/balls/0/positions", {0, 0}),
              HasSubstr("expected at least one, in order"));
  EXPECT_THAT(error("/claim/kind", "synonyms"), HasSubstr("expected balls"));
  EXPECT_THAT(error("/model/path", "../weights.safetensors"),
              HasSubstr("expected a name beside it"));
  const std::string file = inputs.written(1, 1e-2, "crown-ibp");
  inputs.folder.write("net.pt", "other bytes");
  EXPECT_THAT(test::error_message<NotCertified>([&] { check_certificate_file(file, {}); }),
              HasSubstr("it speaks of another " + inputs.network));
  const std::string moved = inputs.folder.write("moved.pt", "the bytes of a network").string();
  EXPECT_GT(check_certificate_file(file, {.model = moved}).margin, 0);
  inputs.folder.write("inputs.safetensors", "no tensors");
  EXPECT_THAT(
      test::error_message<NotCertified>([&] { check_certificate_file(file, {.model = moved}); }),
      HasSubstr("it speaks of another " + inputs.data));
}

}  // namespace
}  // namespace limbeck::verify
