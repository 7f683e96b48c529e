/// word_importance_bench TREES MODEL VOCABULARY HEADS [NORM] [LIMIT] [METHOD]
///
/// Do the words with the smallest certified radius carry the sentiment? TREES is a file of SST
/// trees, whose leaves have labels 0 to 4, 2 neutral; MODEL a word-level Transformer or the
/// directory of a word net. For every sentence with a class and a right answer, the words are
/// ordered by
///   radius     certified radius of each word alone, norm NORM (2), by METHOD (auto: zonotopes
///              where they fit into 4 GiB, else forward and backward bounds),
///              smallest first
///   gradient   l2 norm of the margin's gradient at the word, largest first
///   attention  weight from the first position in the last layer with attention, mean over heads,
///              largest first; where the network has attention
///   random     any word: the mean over all words of the sentence
/// and the table gives the mean |label - 2| of the first and of the last word of each order (of all
/// that share the place: radii are brackets, and a network may treat words alike).
/// Source:  Shi et al. 2020, sec. 5.4 and table 5.
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "verify/certify/margin.h"
#include "verify/certify/radius_search.h"
#include "verify/certify/sentence_regions.h"
#include "verify/certify/sentence_set.h"
#include "verify/network/word_net.h"

namespace {

using namespace limbeck::verify;

/// The words of a tree, their labels, and that of the whole.
struct Tree {
  std::string sentence;
  std::vector<int64_t> labels;
  int64_t label = 2;
};

/// `(3 (2 It) (4 works))`: a digit follows each bracket, a leaf holds a word.
Tree parse_tree(const std::string& line) {
  Tree tree;
  int64_t last = -1;
  for (size_t i = 0; i < line.size();) {
    if (line[i] == '(') {
      last = line.at(i + 1) - '0';
      if (i == 0) tree.label = last;
      i += 2;
    } else if (line[i] == ')' || line[i] == ' ') {
      ++i;
    } else {
      const size_t end = std::min(line.find(')', i), line.size());
      if (!tree.sentence.empty()) tree.sentence += ' ';
      tree.sentence.append(line, i, end - i);
      tree.labels.push_back(last);
      i = end;
    }
  }
  return tree;
}

/// Scores of the words between [CLS] and [SEP]: the larger, the more important.
using Scores = at::Tensor;

Scores by_radius(const Graph& graph, const at::Tensor& words, const at::Tensor& rows, double norm,
                 const std::string& method) {
  const SentenceRegions regions =
      sentence_regions(words, {1, words.size(1) - 2}, {.is_each = true}, norm);
  Scores scores = at::empty({regions.count}, at::kDouble);
  const std::vector<Radius> radii = search_radii(
      graph, regions.grow, regions.count, rows,
      {.tolerance = 1e-3, .method = method, .bound = {.memory_bytes = int64_t{4} << 30}});
  for (size_t i = 0; i < radii.size(); ++i) scores[static_cast<int64_t>(i)] = -radii[i].certified;
  return scores;
}

Scores by_gradient(const Graph& graph, const at::Tensor& words, const at::Tensor& rows) {
  const at::AutoGradMode with_gradients(true);
  const at::Tensor x = words.detach().clone().requires_grad_();
  const at::Tensor margin = (rows.select(1, 0) * evaluate(graph, x)).sum(-1).min();
  const at::Tensor slope = torch::autograd::grad({margin}, {x})[0][0];
  return slope.norm(2, -1).narrow(0, 1, words.size(1) - 2);
}

std::optional<Scores> by_attention(const Graph& graph, const at::Tensor& words) {
  const int64_t length = words.size(1);
  const std::vector<at::Tensor> values = evaluate_nodes(graph, words);
  for (int64_t i = graph.size() - 1; i > 0; --i) {
    const Node& node = graph.node(i);
    if (node.op != "softmax" || node.shape.size() < 2 || node.shape.back() != length) continue;
    // Of the last layer only the row of the first position may be computed.
    const int64_t rows = node.shape.size() > 2 ? node.shape[node.shape.size() - 2] : 1;
    const at::Tensor weights = values[static_cast<size_t>(i)].reshape({-1, rows, length});
    return weights.select(1, 0).mean(0).narrow(0, 1, length - 2);
  }
  return std::nullopt;
}

/// Sums of the first and the last word's distance from neutral.
struct Tally {
  double first = 0, last = 0;
  int64_t count = 0;

  void add(const Scores& scores, const at::Tensor& distance) {
    first += distance.masked_select(scores == scores.max()).mean().item<double>();
    last += distance.masked_select(scores == scores.min()).mean().item<double>();
    ++count;
  }
};

void print(const char* name, const Tally& tally) {
  if (tally.count == 0) return;
  const double count = static_cast<double>(tally.count);
  std::printf("%-10s %10.3f %10.3f %10lld\n", name, tally.first / count, tally.last / count,
              static_cast<long long>(tally.count));
}

int run(int argc, char** argv) {
  const double norm = argc > 5 && std::string(argv[5]) != "inf"
                          ? std::stod(argv[5])
                          : (argc > 5 ? std::numeric_limits<double>::infinity() : 2);
  const int64_t limit = argc > 6 ? std::stoll(argv[6]) : 0;
  WordModel model = load_word_model(argv[2], argv[3], std::stoll(argv[4]), at::kDouble);
  const std::string method = argc > 7 ? argv[7] : "auto";
  Tally radius, gradient, attention, random;
  std::istringstream lines(limbeck::read_file(argv[1]));
  for (std::string line; std::getline(lines, line);) {
    const Tree tree = parse_tree(line);
    if (tree.label == 2 || (limit > 0 && radius.count >= limit)) continue;
    const WordProblem problem = word_problem({tree.sentence, tree.label > 2 ? 1 : 0, {}}, model, 0);
    const at::Tensor ids = at::tensor(problem.words, at::kLong).unsqueeze(0);
    if (margins(model, ids, problem.label).item<double>() <= 0) continue;
    const Graph& graph = model.graph(problem.length());
    const at::Tensor words = model.embed(ids), rows = margin_rows({problem}, 2, at::kDouble);
    const at::Tensor distance = (at::tensor(tree.labels, at::kLong) - 2)
                                    .abs()
                                    .to(at::kDouble)
                                    .narrow(0, 0, problem.length() - 2);
    radius.add(by_radius(graph, words, rows, norm, method), distance);
    gradient.add(by_gradient(graph, words, rows), distance);
    if (const auto scores = by_attention(graph, words)) attention.add(*scores, distance);
    random.first += distance.mean().item<double>(), random.last = random.first, ++random.count;
  }
  std::printf("%-10s %10s %10s %10s\n", "order", "first", "last", "sentences");
  print("radius", radius), print("gradient", gradient), print("attention", attention),
      print("random", random);
  return radius.count > 0 ? 0 : 4;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::fprintf(stderr,
                 "word_importance_bench TREES MODEL VOCABULARY HEADS [NORM] [LIMIT] [METHOD]\n");
    return 2;
  }
  at::set_num_threads(limbeck::thread_count());
  const at::NoGradGuard no_gradient;
  try {
    return run(argc, argv);
  } catch (const limbeck::Error& error) {
    std::fprintf(stderr, "word_importance_bench: %s\n", error.what());
    return 3;
  }
}
