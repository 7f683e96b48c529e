#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <fstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "nlp/tensor/safetensors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"
#include "verify/certificate/check.h"
#include "verify/certificate/checked_zonotopes.h"
#include "verify/certificate/not_certified.h"
#include "verify/certify/certificate_writer.h"
#include "verify/certify/margin.h"
#include "verify/pass/bound.h"

/// Certificates of small networks are written and followed again; then every kind of claim in them
/// is falsified, and must be refused.
namespace limbeck::verify {
namespace {

using test::TemporaryDirectory;

constexpr int64_t kWords = 9, kWidth = 4, kStates = 2;

/// A word model whose weights lie in a file, as those of a user do.
struct Model {
  TemporaryDirectory folder;
  std::map<std::string, at::Tensor> weights;
  std::unique_ptr<WordModel> words;
  CertifiedModelFiles files;

  explicit Model(const char* kind, uint64_t seed = 3) {
    torch::manual_seed(seed);
    add("table", {kWords, kWidth}), add("a", {6, kWidth}), add("b", {kWidth, 6}),
        add("c", {2, kWidth});
    add("q", {kWidth, kWidth}), add("k", {kWidth, kWidth}), add("bias", {6});
    add("from_input", {4 * kStates, kWidth}), add("from_state", {4 * kStates, kStates});
    add("out", {2, kStates});
    std::vector<nlp::NamedTensor> tensors;
    for (const auto& [name, tensor] : weights)
      tensors.push_back({name,
                         {nlp::Dtype::kF32, tensor.sizes().vec(),
                          std::as_bytes(std::span(tensor.const_data_ptr<float>(),
                                                  static_cast<size_t>(tensor.numel())))}});
    files.weights = folder / "net.safetensors";
    nlp::write_safetensors(files.weights, tensors, {});
    std::vector<std::string> vocabulary;
    std::string text;
    for (int64_t i = 0; i < kWords; ++i) {
      vocabulary.push_back("word" + std::to_string(i));
      text += vocabulary.back() + "\n";
    }
    files.vocabulary = folder.write("vocab.txt", text);
    words = std::make_unique<WordModel>(vocabulary, of("table"), function(kind));
  }

  at::Tensor of(const std::string& name) const { return weights.at(name).to(at::kDouble); }

 private:
  void add(const std::string& name, std::vector<int64_t> sizes) {
    weights[name] = torch::randn(sizes, at::kFloat) * 0.6;
  }

  TensorFunction function(const std::string& kind) const {
    const at::Tensor a = of("a"), b = of("b"), c = of("c"), q = of("q"), k = of("k"),
                     bias = of("bias");
    if (kind == "attention")
      return [=](const at::Tensor& x) {
        const at::Tensor scores =
            at::matmul(at::linear(x, q), at::linear(x, k).transpose(1, 2)) / 2;
        const at::Tensor y = x + at::matmul(scores.softmax(-1), at::linear(x, k));
        const at::Tensor z = y - y.mean(-1, true);
        return at::linear((z + at::linear(at::linear(z, a, bias).relu(), b)).select(1, 0), c);
      };
    if (kind == "gate")
      return [=](const at::Tensor& x) {
        const at::Tensor h = at::linear(x, q), g = at::linear(x, k);
        const at::Tensor y = at::cat({(h.sigmoid() * g.tanh() + h * g).amax({1}), h.mean(1)}, 1);
        return at::linear(y.narrow(1, 0, kWidth) + y.narrow(1, kWidth, kWidth), c);
      };
    if (kind == "lstm") {
      const std::vector<at::Tensor> layer = {of("from_input") * 2, of("from_state") * 2};
      const at::Tensor zero = at::zeros({1, 1, kStates}, at::kDouble), out = of("out");
      return [=](const at::Tensor& x) {
        const at::Tensor y = std::get<0>(at::lstm(x, {zero, zero}, layer, /*has_biases=*/false, 1,
                                                  0.0, false, false, /*batch_first=*/true));
        return at::linear(y.mean(1), out);
      };
    }
    return [=](const at::Tensor& x) {
      return at::linear(at::linear(at::gelu(at::linear(x, a, bias)), b).mean(1).tanh(), c);
    };
  }
};

WordProblem problem_of(Model& model, int64_t budget) {
  WordProblem problem;
  problem.words = {1, 2, 3};
  problem.candidates = {{4, 5}, {}, {6, 7, 8}};
  problem.budget = budget;
  const at::Tensor ids = at::tensor(problem.words, at::kLong).unsqueeze(0);
  if (margins(*model.words, ids, 0).item<double>() < 0) problem.label = 1;
  return problem;
}

/// The first seed at which the whole set has a positive margin.
WordProblem certifiable(const char* kind, std::unique_ptr<Model>& model) {
  for (uint64_t seed = 1;; ++seed) {
    model = std::make_unique<Model>(kind, seed);
    WordProblem problem = problem_of(*model, 1);
    const at::Tensor all = enumerate_sentences(problem);
    if (margins(*model->words, all, problem.label).min().item<double>() > 0.1) return problem;
  }
}

std::string written(Model& model, const WordProblem& problem, const std::string& method) {
  CertificateWriter writer(*model.words, model.files, model.folder / "certificates");
  const std::string name = writer.write_synonyms(7, {"a sentence", 0, {}}, problem, method, {});
  EXPECT_EQ(name, "certificates/item-7.json") << method;
  return (model.folder / name).string();
}

class CertificateOf : public testing::TestWithParam<const char*> {};

TEST_P(CertificateOf, SynonymSetsIsFollowedForEveryMethod) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<Model> model;
  const WordProblem problem = certifiable(GetParam(), model);
  for (const char* method : {"ibp", "crown-ibp", "forward", "forward+backward", "zonotope+backward",
                             "unstable", "crown"}) {
    if (std::string(method) == "ibp" || std::string(method) == "forward") continue;
    const CheckedCertificate checked = check_certificate_file(written(*model, problem, method), {});
    EXPECT_GT(checked.margin, 0) << method;
    EXPECT_EQ(checked.label, problem.label);
    EXPECT_EQ(checked.claim, "every replacement of at most 1 words keeps the answer");
    const double least =
        margins(*model->words, enumerate_sentences(problem), problem.label).min().item<double>();
    EXPECT_LE(checked.margin, least + 1e-9) << method;
  }
}

TEST_P(CertificateOf, BallsIsFollowed) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<Model> model;
  const WordProblem problem = certifiable(GetParam(), model);
  for (const auto& [norm, method] : {std::pair{"1", "crown-ibp"},
                                     {"2", "crown-ibp"},
                                     {"inf", "crown-ibp"},
                                     {"1", "zonotope+backward"},
                                     {"2", "zonotope+backward"},
                                     {"inf", "zonotope+backward"}}) {
    CertificateWriter writer(*model->words, model->files, model->folder / "certificates");
    const std::string name = writer.write_balls(2, {"balls", 0, {}}, problem, {{0}, {1, 2}},
                                                {{1e-3, 1}, {1e-4, 1}}, norm, method, {});
    ASSERT_EQ(name, "certificates/item-2.json") << norm;
    const CheckedCertificate checked = check_certificate_file((model->folder / name).string(), {});
    EXPECT_EQ(checked.parts, 2u);
    EXPECT_EQ(checked.claim, std::string("the answer is kept in 2 balls of norm ") + norm);
  }
}

/// The first message of the checker on a certificate that `change` has falsified; "" when it
/// passes.
std::string refusal(const std::string& file, const std::function<void(Certificate&)>& change) {
  Certificate certificate = read_certificate(file, {});
  change(certificate);
  try {
    check_certificate(certificate);
  } catch (const NotCertified& error) {
    return error.what();
  } catch (const DataError& error) {
    return std::string("malformed: ") + error.what();
  }
  return "";
}

TEST_P(CertificateOf, IsRefusedWhenTheSignOfAnyLineIsFlipped) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<Model> model;
  const WordProblem problem = certifiable(GetParam(), model);
  const std::string file = written(*model, problem, "crown-ibp");
  const Certificate whole = read_certificate(file, {});
  int64_t flipped = 0;
  for (size_t node = 0; node < whole.graph.size(); ++node) {
    const NodeProof& proof = whole.parts[0][node];
    const size_t count = whole.graph[node].size();
    for (size_t i = 0; i < proof.lines.size(); ++i) {
      const double value = proof.lines.values[i];
      const bool is_slope = i / count % 2 == 0;
      if (!is_slope || std::abs(value) < 1e-3) continue;
      // A line that touches the function: another slope through the same offset crosses it, unless
      // the interval lies on one side of zero and the line only turns away from the function.
      const Box& x = whole.parts[0][static_cast<size_t>(whole.graph[node].inputs[0])].box;
      const double l = x.lower.values[i % count], u = x.upper.values[i % count];
      if (!(l < 0 && u > 0)) continue;
      ++flipped;
      EXPECT_NE(refusal(file, [&](Certificate& c) { c.parts[0][node].lines.values[i] = -value; }),
                "")
          << "node " << node << " line value " << i;
    }
    for (size_t k = 0; k < proof.planes.size(); ++k)
      for (size_t i = 0; i < proof.planes[k].size(); ++i) {
        const double value = proof.planes[k].values[i];
        const std::string& op = whole.graph[node].op;
        const bool is_bilinear = op == "product" || op == "matmul";
        if (op == "gate" || op == "gated_tanh") {
          // No worse than the constant at the centre: so much nearer, it crosses the gate there.
          if (k != 2 && k != 5) continue;
          const double by = 1e-9 + 1.001 * (proof.box.upper.values[i] - proof.box.lower.values[i]);
          ++flipped;
          EXPECT_NE(refusal(file,
                            [&](Certificate& c) {
                              c.parts[0][node].planes[k].values[i] += k == 2 ? by : -by;
                            }),
                    "")
              << "node " << node << " plane " << k << " value " << i;
          continue;
        }
        if (!is_bilinear || k > 2 || std::abs(value) < 0.2) continue;
        ++flipped;
        EXPECT_NE(
            refusal(file, [&](Certificate& c) { c.parts[0][node].planes[k].values[i] = -value; }),
            "")
            << "node " << node << " plane " << k << " value " << i;
      }
  }
  EXPECT_GT(flipped, 5);
}

void expect_refused_bounds(const std::string& file) {
  const Certificate whole = read_certificate(file, {});
  for (size_t node = 0; node < whole.graph.size(); ++node) {
    const Box& box = whole.parts[0][node].box;
    for (size_t i = 0; i < box.lower.size(); i += 3) {
      const double width = box.upper.values[i] - box.lower.values[i];
      const double by = 0.6 * width + 1e-6;
      const std::string low =
          refusal(file, [&](Certificate& c) { c.parts[0][node].box.lower.values[i] += by; });
      const std::string high =
          refusal(file, [&](Certificate& c) { c.parts[0][node].box.upper.values[i] -= by; });
      // The output's own bounds are only a second way to the margin.
      EXPECT_NE(low, "") << "node " << node << " element " << i;
      EXPECT_NE(high, "") << "node " << node << " element " << i;
    }
  }
}

TEST_P(CertificateOf, IsRefusedWhenAnyBoundIsMovedInward) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<Model> model;
  const WordProblem problem = certifiable(GetParam(), model);
  for (const char* method : {"crown-ibp", "zonotope+backward"}) {
    SCOPED_TRACE(method);
    expect_refused_bounds(written(*model, problem, method));
  }
}

/// A certificate of one ball in which all words move, by zonotopes; as large as they prove.
std::string written_ball(Model& model, const WordProblem& problem, const std::string& norm) {
  CertificateWriter writer(*model.words, model.files, model.folder / "certificates");
  std::string name;
  for (double radius = 1; name.empty(); radius /= 2)
    name = writer.write_balls(0, {"ball", 0, {}}, problem, {{0, 1, 2}}, {{radius, 1}}, norm,
                              "zonotope+backward", {});
  return (model.folder / name).string();
}

TEST_P(CertificateOf, ZonotopesProveEveryBoundAndHoldEveryValue) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<Model> model;
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

TEST(Certificate, SaysHowItsBoundsAreProved) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<Model> model;
  const WordProblem problem = certifiable("smooth", model);
  const std::string file = written_ball(*model, problem, "2");
  nlohmann::json json = read_json_file(file);
  EXPECT_EQ(json["ranges"], "zonotopes");
  json["ranges"] = "boxes";
  write_file_atomic(file, json.dump());
  EXPECT_THAT(test::error_message<DataError>([&] { read_certificate(file, {}); }),
              testing::HasSubstr("ranges: expected substitution or zonotopes"));
}

INSTANTIATE_TEST_SUITE_P(Nets, CertificateOf,
                         testing::Values("attention", "gate", "lstm", "smooth"),
                         [](const auto& info) { return std::string(info.param); });

class Refusals : public testing::Test {
 protected:
  void SetUp() override {
    problem_ = certifiable("attention", model_);
    file_ = written(*model_, problem_, "crown-ibp");
  }

  /// The checker's message for files that were changed on disk.
  std::string after(const std::function<void()>& change) {
    change();
    try {
      check_certificate_file(file_, {});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  std::string after_json(const std::function<void(nlohmann::json&)>& change) {
    return after([&] {
      nlohmann::json json = read_json_file(file_);
      change(json);
      write_file_atomic(file_, json.dump());
    });
  }

  const at::NoGradGuard no_gradient_;
  std::unique_ptr<Model> model_;
  WordProblem problem_;
  std::string file_;
};

TEST_F(Refusals, AnotherModelFile) {
  const std::string weights = model_->files.weights.string();
  std::string bytes = read_file(weights);
  const std::string message = after([&] {
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    write_file_atomic(weights, bytes);
  });
  EXPECT_THAT(message,
              testing::StartsWith("it speaks of another " + weights + ": expected sha256 "));
}

TEST_F(Refusals, AnyByteOfTheTensors) {
  const std::string tensors = (model_->folder / "certificates/item-7.safetensors").string();
  std::string bytes = read_file(tensors);
  const std::string message = after([&] {
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 64);
    write_file_atomic(tensors, bytes);
  });
  EXPECT_THAT(message, testing::StartsWith("it speaks of another " + tensors));
}

TEST_F(Refusals, AHashThatIsNotThatOfTheVocabulary) {
  EXPECT_THAT(
      after_json([](nlohmann::json& json) { json["vocabulary"]["sha256"] = std::string(64, '0'); }),
      testing::HasSubstr("expected sha256 0000000000"));
}

TEST_F(Refusals, AWordThatIsNotTheVocabularys) {
  EXPECT_EQ(after_json([](nlohmann::json& json) { json["words"][0]["text"] = "other"; }),
            "word 1: expected 'other', the vocabulary has 'word1'");
}

TEST_F(Refusals, MoreCandidatesThanWereProved) {
  // The bounds of the input no longer hold the region, or the margin of the whole is not positive.
  EXPECT_NE(after_json([](nlohmann::json& json) {
              json["words"][1]["candidates"] = {0};
              json["words"][1]["candidate_texts"] = {"word0"};
            }),
            "");
}

TEST_F(Refusals, AMarginThatIsLargerThanProved) {
  const std::string message = after_json([](nlohmann::json& json) { json["margins"][0] = 1e6; });
  EXPECT_THAT(message,
              testing::StartsWith("part 0: its margin 1000000.000000 is not what is proved"));
}

TEST_F(Refusals, TheOtherLabel) {
  const int64_t other = 1 - problem_.label;
  EXPECT_THAT(after_json([&](nlohmann::json& json) { json["label"] = other; }),
              testing::StartsWith("part 0: expected a margin above 0, got -"));
}

TEST_F(Refusals, MalformedFilesNameThePlace) {
  EXPECT_EQ(after_json([](nlohmann::json& json) { json["graph"][2]["op"] = 5; }),
            file_ + ": graph[2].op: expected a text");
  EXPECT_EQ(after_json([](nlohmann::json& json) {
              json["graph"][2]["op"] = "linear";
              json.erase("claim");
            }),
            file_ + ": expected the key 'claim'");
}

TEST(Certificate, CoversASetThatNoSingleBoundProves) {
  const at::NoGradGuard no_gradient;
  for (uint64_t seed = 1; seed < 60; ++seed) {
    Model model("attention", seed);
    WordProblem problem = problem_of(model, 2);
    if (margins(*model.words, enumerate_sentences(problem), problem.label).min().item<double>() <
        0.02)
      continue;
    CertificateWriter writer(*model.words, model.files, model.folder / "certificates");
    const std::string name = writer.write_synonyms(0, {"s", 0, {}}, problem, "crown-ibp", {});
    if (name.empty()) continue;
    const std::string file = (model.folder / name).string();
    const CheckedCertificate checked = check_certificate_file(file, {});
    if (checked.parts < 3) continue;
    // A branch that is left out is no proof.
    const std::string message = refusal(file, [](Certificate& c) { c.cover->replaced.pop_back(); });
    EXPECT_THAT(message, testing::HasSubstr("expected one branch for each candidate"));
    return;
  }
  FAIL() << "no seed gave a set that needs a cover";
}

}  // namespace
}  // namespace limbeck::verify
