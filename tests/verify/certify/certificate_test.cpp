#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <fstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "nlp/tensor/safetensors.h"
#include "tests/support/error_message.h"
#include "tests/verify/certify/filed_model.h"
#include "verify/certificate/check.h"
#include "verify/certificate/not_certified.h"
#include "verify/certify/certificate_writer.h"
#include "verify/certify/margin.h"

/// Certificates of small networks are written and followed again; then every kind of claim in them
/// is falsified, and must be refused.
namespace limbeck::verify {
namespace {

using test::certifiable;
using test::FiledModel;

std::string written(FiledModel& model, const WordProblem& problem, const std::string& method) {
  CertificateWriter writer(*model.words, model.files, model.folder / "certificates");
  const std::string name = writer.write_synonyms(7, {"a sentence", 0, {}}, problem, method, {});
  EXPECT_EQ(name, "certificates/item-7.json") << method;
  return (model.folder / name).string();
}

class CertificateOf : public testing::TestWithParam<const char*> {};

TEST_P(CertificateOf, SynonymSetsIsFollowedForEveryMethod) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<FiledModel> model;
  const WordProblem problem = certifiable(GetParam(), model);
  for (const char* method : {"crown-ibp", "forward+backward", "zonotope+backward",
                             "zonotope+unstable", "unstable", "crown"}) {
    const CheckedCertificate checked = check_certificate_file(written(*model, problem, method), {});
    EXPECT_GT(checked.margin, 0) << method;
    EXPECT_EQ(checked.label, problem.label);
    EXPECT_EQ(checked.claim,
              "every replacement of at most 1 words keeps the answer (5 candidates of 2 words)");
    const double least =
        margins(*model->words, enumerate_sentences(problem), problem.label).min().item<double>();
    EXPECT_LE(checked.margin, least + 1e-9) << method;
  }
}

TEST_P(CertificateOf, BallsIsFollowed) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<FiledModel> model;
  const WordProblem problem = certifiable(GetParam(), model);
  for (const auto& [norm, method] : {std::pair{"1", "crown-ibp"},
                                     {"2", "crown-ibp"},
                                     {"inf", "crown-ibp"},
                                     {"1", "zonotope+backward"},
                                     {"2", "zonotope+backward"},
                                     {"inf", "zonotope+backward"},
                                     {"2", "zonotope+unstable"},
                                     {"2", "ibp"},
                                     {"2", "forward"}}) {
    CertificateWriter writer(*model->words, model->files, model->folder / "certificates");
    const std::string name = writer.write_balls(
        2, {"balls", 0, {}}, problem, {{{0}, {1, 2}}, {{1e-3, 1}, {1e-4, 1}}, norm}, method, {});
    ASSERT_EQ(name, "certificates/item-2.json") << norm;
    const CheckedCertificate checked = check_certificate_file((model->folder / name).string(), {});
    EXPECT_EQ(checked.parts, 2u);
    EXPECT_EQ(checked.claim, std::string("the answer is kept in 2 balls around 3 words, each at "
                                         "least 1e-04 in norm ") +
                                 norm);
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

TEST_P(CertificateOf, AnySetOfMovedWordsIsFollowed) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<FiledModel> model;
  const WordProblem problem = certifiable(GetParam(), model);
  const at::Tensor words = model->words->embed(at::tensor(problem.words, at::kLong).unsqueeze(0));
  const Graph& graph = model->words->graph(model->words->layout(problem.words));
  const auto margin_at = [&](const at::Tensor& moved) {
    const at::Tensor logits = evaluate(graph, moved)[0];
    return (logits[problem.label] - logits[1 - problem.label]).item<double>();
  };
  for (const char* norm : {"1", "2", "inf"})
    for (const char* method : {"crown-ibp", "zonotope+backward"}) {
      CertificateWriter writer(*model->words, model->files, model->folder / "certificates");
      double least[4] = {};
      for (const int64_t at_most : {1, 2, 3}) {
        const std::string name = writer.write_balls(
            2, {"any", 0, {}}, problem, {{{0, 1, 2}}, {{1e-3, 1}}, norm, at_most}, method, {});
        ASSERT_EQ(name, "certificates/item-2.json") << norm << method;
        const CheckedCertificate checked =
            check_certificate_file((model->folder / name).string(), {});
        EXPECT_EQ(checked.claim, "the answer is kept while at most " + std::to_string(at_most) +
                                     " of 3 words move, each within 0.001 in norm " + norm);
        least[at_most] = checked.margin;
        for (int trial = 0; trial < 60; ++trial) {
          at::Tensor moved = words.clone();
          for (int64_t k = 0; k < at_most; ++k) {
            at::Tensor step = torch::randn({words.size(2)}, at::kDouble);
            const double p = std::string(norm) == "inf" ? INFINITY : std::stod(norm);
            moved[0][(trial + k) % 3] += 1e-3 * step / at::linalg_vector_norm(step, p);
          }
          EXPECT_LE(checked.margin, margin_at(moved) + 1e-12) << norm << method << at_most;
        }
      }
      EXPECT_GT(least[1], least[2]) << norm << method;
      EXPECT_GT(least[2], least[3]) << norm << method;
      // Of a certificate for one word nobody makes one for two.
      const std::string one = (model->folder / "certificates/item-2.json").string();
      writer.write_balls(2, {"any", 0, {}}, problem, {{{0, 1, 2}}, {{1e-3, 1}}, norm, 1}, method,
                         {});
      EXPECT_NE(refusal(one, [](Certificate& c) { c.balls[0].at_most = 2; }), "");
    }
}

TEST_P(CertificateOf, IsRefusedWhenTheSignOfAnyLineIsFlipped) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<FiledModel> model;
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
  std::unique_ptr<FiledModel> model;
  const WordProblem problem = certifiable(GetParam(), model);
  for (const char* method : {"crown-ibp", "zonotope+backward"}) {
    SCOPED_TRACE(method);
    expect_refused_bounds(written(*model, problem, method));
  }
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
  std::unique_ptr<FiledModel> model_;
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

/// The first seed at which a set of words of pieces has a positive margin.
WordProblem certifiable_pieces(const char* kind, std::unique_ptr<FiledModel>& model) {
  for (uint64_t seed = 1;; ++seed) {
    model = std::make_unique<FiledModel>(kind, seed, /*is_of_pieces=*/true);
    WordProblem problem = problem_of_pieces(*model, 2);
    const at::Tensor all = enumerate_sentences(problem);
    if (margins(*model->words, all, problem.label).min().item<double>() > 0.1) return problem;
  }
}

TEST_P(CertificateOf, WordsOfPiecesIsFollowed) {
  const at::NoGradGuard no_gradient;
  std::unique_ptr<FiledModel> model;
  const WordProblem problem = certifiable_pieces(GetParam(), model);
  const double least =
      margins(*model->words, enumerate_sentences(problem), problem.label).min().item<double>();
  const CheckedCertificate set = check_certificate_file(written(*model, problem, "crown-ibp"), {});
  EXPECT_EQ(set.words, "word1 word2word6 word3");
  EXPECT_GT(set.margin, 0);
  EXPECT_LE(set.margin, least + 1e-9);
  for (const char* method : {"crown-ibp", "zonotope+backward"}) {
    CertificateWriter writer(*model->words, model->files, model->folder / "certificates");
    const std::string name = writer.write_balls(
        2, {"balls", 0, {}}, problem, {{{0}, {1}}, {{1e-3, 1}, {1e-3, 1}}, "2"}, method, {});
    ASSERT_EQ(name, "certificates/item-2.json") << method;
    const CheckedCertificate balls = check_certificate_file((model->folder / name).string(), {});
    EXPECT_EQ(balls.parts, 2u);
    const at::Tensor words = model->words->embed(at::tensor(problem.words, at::kLong).unsqueeze(0));
    const Graph& graph = model->words->graph(model->words->layout(problem.words));
    for (const int64_t position : {0, 1})
      for (int trial = 0; trial < 200; ++trial) {
        at::Tensor moved = words.clone(), step = torch::randn({words.size(2)}, at::kDouble);
        moved[0][position] += 1e-3 * step / step.norm();
        const at::Tensor logits = evaluate(graph, moved)[0];
        EXPECT_GE((logits[problem.label] - logits[1 - problem.label]).item<double>(), balls.margin);
      }
  }
}

class RefusedPieces : public Refusals {
 protected:
  void SetUp() override {
    problem_ = certifiable_pieces("attention", model_);
    file_ = written(*model_, problem_, "crown-ibp");
  }
};

TEST_F(RefusedPieces, APieceThatIsNotTheVocabularys) {
  EXPECT_EQ(
      after_json([](nlohmann::json& json) { json["pieces"]["words"][1]["texts"][0] = "other"; }),
      "word 4: expected 'other', the vocabulary has 'word4'");
}

TEST_F(RefusedPieces, OtherRowsThanWereProved) {
  EXPECT_NE(after_json([](nlohmann::json& json) {
              json["pieces"]["words"][0]["rows"][0] = 8;
              json["pieces"]["words"][0]["texts"][0] = "word8";
            }),
            "");
}

TEST_F(RefusedPieces, MalformedPiecesNameThePlace) {
  const nlohmann::json whole = read_json_file(file_);
  const auto changed = [&](const std::function<void(nlohmann::json&)>& change) {
    write_file_atomic(file_, whole.dump());
    return after_json(change);
  };
  EXPECT_EQ(changed([](nlohmann::json& json) { json["words"][0]["candidates"] = {2}; }),
            file_ + ": words[0].candidates: expected words of as many pieces");
  EXPECT_EQ(changed([](nlohmann::json& json) { json["words"][0]["id"] = 99; }),
            file_ + ": words[0].id: expected a whole number from 0 to 5");
  EXPECT_EQ(changed([](nlohmann::json& json) {
              json["pieces"]["words"][0]["rows"] = {1, 2, 3};
            }),
            file_ + ": pieces.words[0].rows: expected 1 to 2 rows");
  EXPECT_EQ(changed([](nlohmann::json& json) { json["pieces"]["words"][0]["rows"] = {77}; }),
            file_ + ": pieces: expected rows below 9, got 77");
  EXPECT_EQ(
      changed([](nlohmann::json& json) { json["pieces"]["words"] = nlohmann::json::array(); }),
      file_ + ": pieces.words: expected at least one word");
}

TEST(Certificate, CoversASetThatNoSingleBoundProves) {
  const at::NoGradGuard no_gradient;
  for (uint64_t seed = 1; seed < 60; ++seed) {
    FiledModel model("attention", seed);
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
