#pragma once

#include <torch/types.h>
#include <torch/utils.h>

#include <memory>

#include "nlp/tensor/safetensors.h"
#include "tests/support/temporary_directory.h"
#include "verify/certify/certificate_writer.h"
#include "verify/certify/margin.h"

/// Small word models whose weights lie in files, for tests of certificates.
namespace limbeck::test {

using verify::CertifiedModelFiles;
using verify::TensorFunction;
using verify::WordModel;
using verify::WordProblem;

constexpr int64_t kWords = 9, kWidth = 4, kStates = 2;

/// A word model whose weights lie in a file, as those of a user do.
struct FiledModel {
  TemporaryDirectory folder;
  std::map<std::string, at::Tensor> weights;
  std::unique_ptr<WordModel> words;
  CertifiedModelFiles files;

  explicit FiledModel(const char* kind, uint64_t seed = 3, bool is_of_pieces = false) {
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
    words = is_of_pieces ? std::make_unique<WordModel>(of("table"), function(kind))
                         : std::make_unique<WordModel>(vocabulary, of("table"), function(kind));
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

inline WordProblem problem_of(FiledModel& model, int64_t budget) {
  WordProblem problem;
  problem.words = {1, 2, 3};
  problem.candidates = {{4, 5}, {}, {6, 7, 8}};
  problem.budget = budget;
  const at::Tensor ids = at::tensor(problem.words, at::kLong).unsqueeze(0);
  if (verify::margins(*model.words, ids, 0).item<double>() < 0) problem.label = 1;
  return problem;
}

/// Three words of one, two and one pieces; the first two have words of as many in their place.
inline WordProblem problem_of_pieces(FiledModel& model, int64_t budget) {
  WordModel& words = *model.words;
  WordProblem problem;
  problem.words = {words.add_word({1}, "a"), words.add_word({2, 6}, "b"), words.add_word({3}, "c")};
  problem.candidates = {
      {words.add_word({4}, "d")}, {words.add_word({5, 7}, "e"), words.add_word({0, 8}, "f")}, {}};
  problem.budget = budget;
  const at::Tensor ids = at::tensor(problem.words, at::kLong).unsqueeze(0);
  if (verify::margins(words, ids, 0).item<double>() < 0) problem.label = 1;
  return problem;
}

/// The first seed at which the whole set has a positive margin.
inline WordProblem certifiable(const char* kind, std::unique_ptr<FiledModel>& model) {
  for (uint64_t seed = 1;; ++seed) {
    model = std::make_unique<FiledModel>(kind, seed);
    WordProblem problem = problem_of(*model, 1);
    const at::Tensor all = verify::enumerate_sentences(problem);
    if (verify::margins(*model->words, all, problem.label).min().item<double>() > 0.1)
      return problem;
  }
}

}  // namespace limbeck::test
