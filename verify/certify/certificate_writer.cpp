#include "verify/certify/certificate_writer.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/sha256.h"
#include "nlp/tensor/safetensors.h"
#include "verify/certify/word_split.h"
#include "verify/network/weight_file.h"
#include "verify/network/word_transformer.h"
#include "verify/pass/relaxations.h"
#include "verify/region/lp_ball.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr size_t kMostParts = 64;

/// The graph without what is known of nodes from elsewhere (such as the range of a LayerNorm),
/// which a checker cannot follow node by node.
Graph without_known_ranges(const Graph& graph) {
  std::vector<Node> nodes = graph.nodes();
  for (Node& node : nodes) {
    node.least = -std::numeric_limits<double>::infinity();
    node.most = std::numeric_limits<double>::infinity();
  }
  return Graph(std::move(nodes));
}

/// The constants of a node that a certificate names; those that follow from others are left out.
std::vector<at::Tensor> kept_constants(const Node& node) {
  const std::vector<at::Tensor>& all = node.constants;
  if (node.op == "linear" || node.op == "conv2d") return {all[0], all[2]};
  if (node.op == "left_matmul") return {all[0]};
  return all;
}

/// Axes of size 1 in front do not matter: constants broadcast.
std::vector<int64_t> bare_shape(const at::Tensor& tensor) {
  std::vector<int64_t> shape = tensor.sizes().vec();
  while (shape.size() > 1 && shape.front() == 1) shape.erase(shape.begin());
  return shape;
}

/// "p3.12.lower", "g12.0": prefix, number, point, rest.
std::string tensor_name(const char* prefix, int64_t number, const std::string& rest) {
  std::string name = prefix;
  name += std::to_string(number);
  name += '.';
  name += rest;
  return name;
}

std::string part_name(size_t part, int64_t node, const std::string& what) {
  return tensor_name("p", static_cast<int64_t>(part), tensor_name("", node, what));
}

}  // namespace

/// One certificate in the making.
class CertificateWriter::Item {
 public:
  Item(CertificateWriter& writer, const CandidateSentence& sentence, const WordProblem& problem,
       const std::string& method, BoundOptions options)
      : writer_(writer),
        problem_(problem),
        method_(find_bound_method(method)),
        options_(options),
        graph_(without_known_ranges(writer.model_.graph(writer.model_.layout(problem.words)))) {
    options_.arithmetic = Arithmetic::kRigorous;
    json_ = {{"format", "limbeck-certificate"},
             {"version", 1},
             {"arithmetic", "rigorous"},
             {"ranges", has_zonotopes(method_) ? "zonotopes" : "substitution"},
             {"sentence", sentence.sentence},
             {"label", problem.label},
             {"classes", writer.model_.classes()},
             {"model",
              {{"path", writer.files_.weights.string()},
               {"sha256", writer.weights_sha256_},
               {"embedding", writer.embedding_}}},
             {"vocabulary",
              {{"path", writer.files_.vocabulary.string()}, {"sha256", writer.vocabulary_sha256_}}},
             {"words", writer.model_.is_of_pieces() ? words_of_pieces() : words()}};
    if (writer.model_.is_of_pieces()) json_["pieces"] = pieces();
  }

  /// The cover of a set by parts; nothing when it needs too many.
  std::optional<Json> cover(const WordProblem& set) {
    if (margins_.size() >= kMostParts) return {};
    const SynonymSet region = region_of({set}, writer_.model_);
    const std::optional<BoundResult> result = prove(region);
    if (result.has_value()) return Json{{"part", margins_.size() - 1}};
    if (!last_form_.has_value() || set.replaceable() == 0 || set.budget == 0) return {};
    const at::Tensor gains = region.gains(last_form_->coefficient)[last_worst_][0];
    const int64_t position = word_to_split(set, gains);
    Json replaced = Json::array(), kept;
    const std::vector<WordProblem> parts = split(set, position);
    for (size_t k = 0; k < parts.size(); ++k) {
      const std::optional<Json> part = cover(parts[k]);
      if (!part.has_value()) return {};
      if (k == 0)
        kept = *part;
      else
        replaced.push_back(*part);
    }
    return Json{{"position", position}, {"kept", kept}, {"replaced", replaced}};
  }

  /// A part for one region, when its margin is proved.
  std::optional<BoundResult> prove(const Region& region) {
    const at::Tensor rows = margin_rows({problem_}, writer_.model_.classes(), at::kDouble);
    BoundResult result = bound(graph_, region, rows, method_, options_);
    const auto [least, worst] = result.lower.min(0);
    const double margin = least.item<double>();
    last_form_ = result.form;
    last_worst_ = worst.item<int64_t>();
    if (!(margin > 0)) return {};
    add_part(result.intervals);
    margins_.push_back(margin * (1 - 1e-6));  // the checker rounds in another order
    return result;
  }

  void set_claim(Json claim) { json_["claim"] = std::move(claim); }

  std::string write(int64_t index) {
    const std::string name = "item-" + std::to_string(index);
    json_["graph"] = graph_json();
    json_["parts"] = margins_.size();
    json_["margins"] = margins_;
    std::vector<nlp::NamedTensor> named;
    for (const auto& [tensor_name, tensor] : tensors_) {
      const std::span<const double> values(tensor.const_data_ptr<double>(),
                                           static_cast<size_t>(tensor.numel()));
      named.push_back(
          {tensor_name, {nlp::Dtype::kF64, tensor.sizes().vec(), std::as_bytes(values)}});
    }
    const fs::path tensors = writer_.folder_ / (name + ".safetensors");
    nlp::write_safetensors(tensors, std::move(named), {{"format", "limbeck-certificate"}});
    json_["tensors"] = {{"path", tensors.filename().string()},
                        {"sha256", sha256_hex_of_file(tensors)}};
    write_json_file(writer_.folder_ / (name + ".json"), json_);
    return writer_.folder_.filename().string() + "/" + name + ".json";
  }

 private:
  Json words() const {
    const WordModel& model = writer_.model_;
    Json all = Json::array();
    for (size_t t = 0; t < problem_.words.size(); ++t) {
      Json texts = Json::array();
      for (const int64_t word : problem_.candidates[t]) texts.push_back(model.word(word));
      all.push_back({{"id", problem_.words[t]},
                     {"text", model.word(problem_.words[t])},
                     {"candidates", problem_.candidates[t]},
                     {"candidate_texts", texts}});
    }
    return all;
  }

  /// Numbers of words in the order of pieces(), without text: a checker puts that together itself.
  Json words_of_pieces() {
    Json all = Json::array();
    for (size_t t = 0; t < problem_.words.size(); ++t) {
      Json candidates = Json::array();
      const size_t own = number_of(problem_.words[t]);
      for (const int64_t word : problem_.candidates[t]) candidates.push_back(number_of(word));
      all.push_back({{"id", own}, {"candidates", candidates}});
    }
    return all;
  }

  size_t number_of(int64_t word) {
    const auto found = std::ranges::find(used_words_, word);
    if (found != used_words_.end()) return static_cast<size_t>(found - used_words_.begin());
    used_words_.push_back(word);
    return used_words_.size() - 1;
  }

  Json pieces() const {
    Json all = Json::array();
    size_t slots = 0;
    for (const int64_t word : used_words_) {
      const std::vector<int64_t>& rows = writer_.model_.rows(word);
      Json texts = Json::array();
      for (const int64_t row : rows)
        texts.push_back(writer_.vocabulary_words_.at(static_cast<size_t>(row)));
      all.push_back({{"rows", rows}, {"texts", texts}});
      slots = std::max(slots, rows.size());
    }
    return {{"slots", slots}, {"words", all}};
  }

  void keep(const std::string& name, const at::Tensor& tensor) {
    tensors_[name] = tensor.detach().to(at::kDouble).contiguous();
  }

  void add_part(const std::vector<Interval>& intervals) {
    Relaxations relaxations(graph_, intervals, Arithmetic::kRigorous);
    const size_t part = margins_.size();
    for (int64_t i = 0; i < graph_.size(); ++i) {
      const Interval& x = intervals[static_cast<size_t>(i)];
      keep(part_name(part, i, "lower"), x.lower[0]);
      keep(part_name(part, i, "upper"), x.upper[0]);
      if (i == 0 || find_operation(graph_.node(i).op).is_affine()) continue;
      const Relaxation& relaxation = relaxations.at(i);
      if (relaxation.lines.lower_slope.defined()) {
        const Lines& lines = relaxation.lines;
        keep(part_name(part, i, "lines"), at::stack({lines.lower_slope[0], lines.lower_offset[0],
                                                     lines.upper_slope[0], lines.upper_offset[0]}));
      }
      add_planes(part, i, relaxation);
    }
  }

  /// Planes of products leave their own rounding to the slack of the node: here it joins the error.
  void add_planes(size_t part, int64_t node, const Relaxation& relaxation) {
    constexpr size_t kError = 3;
    const std::string& op = graph_.node(node).op;
    for (size_t k = 0; k < relaxation.planes.size(); ++k) {
      at::Tensor plane = relaxation.planes[k][0];
      if (k == kError && (op == "product" || op == "matmul"))
        plane = plane + relaxation.slack[0] + 1e-290;
      keep(part_name(part, node, "plane" + std::to_string(k)), plane);
    }
  }

  Json constant_json(const at::Tensor& constant, const std::string& name) {
    if (!constant.defined()) return nullptr;
    const at::Tensor values = constant.to(at::kDouble);
    for (const auto& [weight_name, weight] : writer_.weights_)
      if (weight.numel() == values.numel() && bare_shape(weight) == bare_shape(values) &&
          at::equal(weight.flatten(), values.flatten()))
        return {{"model", weight_name}};
    keep(name, values);
    return {{"tensor", name}};
  }

  Json graph_json() {
    Json all = Json::array();
    for (int64_t i = 0; i < graph_.size(); ++i) {
      const Node& node = graph_.node(i);
      Json constants = Json::array();
      const std::vector<at::Tensor> kept = kept_constants(node);
      for (size_t k = 0; k < kept.size(); ++k)
        constants.push_back(constant_json(kept[k], tensor_name("g", i, std::to_string(k))));
      all.push_back({{"op", node.op},
                     {"inputs", node.inputs},
                     {"shape", node.shape},
                     {"ints", node.ints},
                     {"numbers", node.numbers},
                     {"constants", constants}});
    }
    return all;
  }

  CertificateWriter& writer_;
  const WordProblem& problem_;
  const BoundMethod& method_;
  BoundOptions options_;
  Graph graph_;
  std::vector<int64_t> used_words_;  ///< of pieces
  Json json_;
  std::map<std::string, at::Tensor> tensors_;
  std::vector<double> margins_;
  std::optional<LinearForm> last_form_;
  int64_t last_worst_ = 0;
};

CertificateWriter::CertificateWriter(WordModel& model, const CertifiedModelFiles& files,
                                     fs::path folder)
    : model_(model),
      folder_(std::move(folder)),
      files_(files),
      weights_sha256_(sha256_hex_of_file(files.weights)),
      vocabulary_sha256_(sha256_hex_of_file(files.vocabulary)),
      weights_(WeightFile(files.weights, at::kDouble).tensors()),
      vocabulary_words_(read_word_list(files.vocabulary)) {
  const at::Tensor table = model.table().to(at::kDouble);
  for (const auto& [name, weight] : weights_)
    if (weight.sizes() == table.sizes() && at::equal(weight, table)) embedding_ = name;
  if (model.is_of_pieces() && static_cast<int64_t>(vocabulary_words_.size()) != table.size(0))
    throw ConfigError("--certificate: expected " + std::to_string(table.size(0)) + " lines in " +
                      files.vocabulary.string() + " (the embedding table), got " +
                      std::to_string(vocabulary_words_.size()));
  if (embedding_.empty())
    throw ConfigError("--certificate: expected the embeddings of the words as one tensor of " +
                      files.weights.string());
}

std::string CertificateWriter::write_synonyms(int64_t index, const CandidateSentence& sentence,
                                              const WordProblem& problem, const std::string& method,
                                              const BoundOptions& options) {
  Item item(*this, sentence, problem, method, options);
  std::optional<Json> cover = item.cover(problem);
  if (!cover.has_value()) return "";
  item.set_claim({{"kind", "synonyms"}, {"budget", problem.budget}, {"cover", *cover}});
  fs::create_directories(folder_);
  return item.write(index);
}

std::string CertificateWriter::write_balls(int64_t index, const CandidateSentence& sentence,
                                           const WordProblem& problem,
                                           const std::vector<std::vector<int64_t>>& positions,
                                           const std::vector<Radius>& radii,
                                           const std::string& norm, const std::string& method,
                                           const BoundOptions& options) {
  Item item(*this, sentence, problem, method, options);
  const at::Tensor words = model_.embed(at::tensor(problem.words, at::kLong).unsqueeze(0));
  const int64_t width = words.size(2);
  Json balls = Json::array();
  for (size_t k = 0; k < positions.size(); ++k) {
    std::vector<at::Tensor> chosen;
    for (const int64_t position : positions[k])
      chosen.push_back(at::arange(position * width, (position + 1) * width, at::kLong));
    const LpBall ball(words, at::cat(chosen).unsqueeze(0),
                      at::full({1}, radii[k].certified, at::kDouble),
                      norm == "inf" ? std::numeric_limits<double>::infinity() : std::stod(norm));
    if (!item.prove(ball).has_value()) return "";
    balls.push_back({{"positions", positions[k]}, {"radius", radii[k].certified}, {"part", k}});
  }
  item.set_claim({{"kind", "balls"}, {"norm", norm}, {"balls", balls}});
  fs::create_directories(folder_);
  return item.write(index);
}

CertifiedModelFiles certified_model_files(const fs::path& model, const fs::path& vocabulary) {
  CertifiedModelFiles files{model, vocabulary};
  if (fs::is_directory(model)) files = {model / "model.safetensors", model / "vocab.txt"};
  for (const fs::path& file : {files.weights, files.vocabulary})
    if (!fs::is_regular_file(file))
      throw ConfigError(
          "--certificate: expected a model of one safetensors file and a list of "
          "words, found no " +
          file.string());
  return files;
}

}  // namespace limbeck::verify
