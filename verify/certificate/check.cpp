#include "verify/certificate/check.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "verify/certificate/checked_region.h"
#include "verify/certificate/checked_zonotopes.h"
#include "verify/certificate/not_certified.h"
#include "verify/certificate/operation_kind.h"

namespace limbeck::verify {
namespace {

/// One part: bounds of all nodes over a region, then the margins.
class PartCheck {
 public:
  PartCheck(const CheckedGraph& graph, const std::vector<NodeProof>& proofs,
            const CheckedRegion& region, bool by_zonotopes)
      : graph_(graph), proofs_(proofs), region_(region), by_zonotopes_(by_zonotopes) {}

  /// The least margin of `label`.
  double margin(int64_t label, int64_t classes) const {
    std::optional<CheckedZonotopes> zonotopes;
    if (by_zonotopes_) zonotopes.emplace(graph_, proofs_, region_);
    for (size_t node = 0; node < graph_.nodes.size(); ++node) {
      check_order(node);
      std::vector<Enclosure> range = node == 0 ? region_.box() : node_range(graph_, proofs_, node);
      if (node > 0) check_relaxation(graph_, proofs_, node);
      if (zonotopes) narrow(range, zonotopes->add_node(node));
      check_bounds(node, range);
    }
    double least = INFINITY;
    for (int64_t other = 0; other < classes; ++other) {
      if (other == label) continue;
      std::vector<double> row(static_cast<size_t>(classes), 0.0);
      row[static_cast<size_t>(label)] = 1;
      row[static_cast<size_t>(other)] = -1;
      double best = (proofs_.back().box.at(static_cast<size_t>(label)) -
                     proofs_.back().box.at(static_cast<size_t>(other)))
                        .lower;
      for (const bool is_centred : {true, false})
        best = std::max(best, lower(graph_.nodes.size() - 1, row, is_centred));
      least = std::min(least, best);
    }
    return least;
  }

 private:
  double lower(size_t node, const std::vector<double>& row, bool is_centred) const {
    const double lower = region_.lower(substitute_row(graph_, proofs_, node, row, is_centred));
    return std::isnan(lower) ? -INFINITY : lower;
  }

  bool is_at_least(size_t node, const std::vector<double>& row, double claimed) const {
    return lower(node, row, true) >= claimed || lower(node, row, false) >= claimed;
  }

  void check_order(size_t node) const {
    const Box& box = proofs_[node].box;
    for (size_t i = 0; i < box.lower.size(); ++i)
      if (!(box.lower.values[i] <= box.upper.values[i]))
        refuse(node, i, "its lower bound exceeds its upper bound");
  }

  static void narrow(std::vector<Enclosure>& range, const std::vector<Enclosure>& other) {
    for (size_t i = 0; i < range.size(); ++i)
      range[i] = {std::max(range[i].lower, other[i].lower),
                  std::min(range[i].upper, other[i].upper)};
  }

  /// By ranges that hold, or by substitution.
  void check_bounds(size_t node, const std::vector<Enclosure>& range) const {
    const Box& box = proofs_[node].box;
    for (size_t i = 0; i < range.size(); ++i) {
      const bool has_lower = box.lower.values[i] <= range[i].lower;
      const bool has_upper = box.upper.values[i] >= range[i].upper;
      if (has_lower && has_upper) continue;
      if (node == 0) refuse(node, i, "its bounds do not hold the region");
      std::vector<double> row(range.size(), 0.0);
      row[i] = 1;
      if (!has_lower && !is_at_least(node, row, box.lower.values[i]))
        refuse(node, i, "its lower bound is not proved");
      row[i] = -1;
      if (!has_upper && !is_at_least(node, row, -box.upper.values[i]))
        refuse(node, i, "its upper bound is not proved");
    }
  }

  [[noreturn]] void refuse(size_t node, size_t element, const char* why) const {
    throw NotCertified(node_name(graph_, node) + ": element " + std::to_string(element) + ": " +
                       why);
  }

  const CheckedGraph& graph_;
  const std::vector<NodeProof>& proofs_;
  const CheckedRegion& region_;
  bool by_zonotopes_;
};

class Check {
 public:
  explicit Check(const Certificate& certificate)
      : certificate_(certificate), graph_(certificate.graph) {}

  CheckedCertificate run() {
    check_shapes();
    check_words();
    for (const CertifiedWord& word : certificate_.words)
      result_.words += (result_.words.empty() ? "" : " ") + word.text;
    if (is_of_input())
      result_.words =
          "input " + std::to_string(certificate_.input) + " of " + certificate_.sentence;
    result_.label = certificate_.label;
    result_.margin = INFINITY;
    if (certificate_.budget > 0) {
      SentenceSet all{{}, {}, certificate_.budget};
      for (const CertifiedWord& word : certificate_.words) {
        all.words.push_back(word.id);
        all.candidates.push_back(word.candidates);
      }
      check_cover(*certificate_.cover, all);
      result_.claim = set_claim();
    } else {
      for (const CertifiedBall& ball : certificate_.balls) check_ball(ball);
      result_.claim = ball_claim();
    }
    if (used_.size() != certificate_.parts.size())
      throw DataError("parts: expected each to be used once");
    result_.parts = used_.size();
    return result_;
  }

 private:
  bool is_of_input() const { return certificate_.input >= 0; }

  /// What all balls have in common: the words that move in any of them, and the least radius.
  std::string ball_claim() const {
    double least = INFINITY;
    std::set<int64_t> moved;
    for (const CertifiedBall& ball : certificate_.balls) {
      least = std::min(least, ball.radius);
      moved.insert(ball.positions.begin(), ball.positions.end());
    }
    std::array<char, 32> radius{};  // the shortest text of this very number
    const auto end = std::to_chars(radius.data(), radius.data() + radius.size(), least).ptr;
    const std::string within = std::string(radius.data(), end) + " in norm " + certificate_.norm;
    if (is_of_input()) return "the answer is kept within " + within;
    const std::string words = std::to_string(moved.size()) + " words";
    const int64_t at_most = certificate_.balls.front().at_most;
    if (at_most > 0)
      return "the answer is kept while at most " +
             std::to_string(std::min(at_most, static_cast<int64_t>(moved.size()))) + " of " +
             words + " move, each within " + within;
    return "the answer is kept in " + std::to_string(certificate_.balls.size()) +
           (certificate_.balls.size() == 1 ? " ball" : " balls") + " around " + words +
           ", each at least " + within;
  }

  std::string set_claim() const {
    size_t candidates = 0, words = 0;
    for (const CertifiedWord& word : certificate_.words) {
      candidates += word.candidates.size();
      words += !word.candidates.empty();
    }
    return "every replacement of at most " + std::to_string(certificate_.budget) +
           " words keeps the answer (" + std::to_string(candidates) + " candidates of " +
           std::to_string(words) + " words)";
  }

  void check_shapes() const {
    const CertifiedNode &input = certificate_.graph.front(), &output = certificate_.graph.back();
    const std::vector<int64_t> expected = {static_cast<int64_t>(certificate_.words.size()),
                                           certificate_.table.shape[1]};
    if (is_of_input() && input.size() != certificate_.table.size())
      throw DataError("graph: expected an input of as many elements as that of the data");
    if (!is_of_input() && input.shape != expected)
      throw DataError("graph: expected an input of one embedding a word");
    if (output.shape != std::vector<int64_t>{certificate_.classes})
      throw DataError("graph: expected an output of one number a class");
  }

  void check_word(int64_t id, const std::string& text) const {
    if (id >= certificate_.rows || id >= static_cast<int64_t>(certificate_.vocabulary_words.size()))
      throw DataError("words: expected ids below " + std::to_string(certificate_.rows) + ", got " +
                      std::to_string(id));
    if (certificate_.vocabulary_words[static_cast<size_t>(id)] != text)
      throw NotCertified("word " + std::to_string(id) + ": expected '" + text +
                         "', the vocabulary has '" +
                         certificate_.vocabulary_words[static_cast<size_t>(id)] + "'");
  }

  void check_words() const {
    for (const CertifiedPieces& pieces : certificate_.pieces)
      for (size_t k = 0; k < pieces.rows.size(); ++k) check_word(pieces.rows[k], pieces.texts[k]);
    if (is_of_input()) return;
    if (!certificate_.pieces.empty()) return;  // ids of words are those of pieces, seen when read
    for (const CertifiedWord& word : certificate_.words) {
      check_word(word.id, word.text);
      for (size_t k = 0; k < word.candidates.size(); ++k)
        check_word(word.candidates[k], word.candidate_texts[k]);
    }
  }

  /// A word that is split is kept in one branch and replaced in one branch for each candidate,
  /// which spends one of the budget: together that is every sentence of the set.
  void check_cover(const CoverTree& tree, const SentenceSet& set) {
    if (tree.part >= 0) return check_part(tree.part, SynonymRegion(certificate_.table, set));
    const size_t position = static_cast<size_t>(tree.position);
    const std::vector<int64_t>& candidates = set.candidates[position];
    if (tree.replaced.size() != (set.budget > 0 ? candidates.size() : 0))
      throw NotCertified("cover: word " + std::to_string(tree.position) +
                         ": expected one branch for each candidate");
    SentenceSet kept = set;
    kept.candidates[position].clear();
    check_cover(*tree.kept, kept);
    for (size_t k = 0; k < tree.replaced.size(); ++k) {
      SentenceSet changed = kept;
      changed.words[position] = candidates[k];
      --changed.budget;
      check_cover(*tree.replaced[k], changed);
    }
  }

  void check_ball(const CertifiedBall& ball) {
    if (!(ball.radius >= 0 && std::isfinite(ball.radius)))
      throw DataError("balls: expected a radius from 0");
    std::vector<int64_t> words;
    for (const CertifiedWord& word : certificate_.words) words.push_back(word.id);
    check_part(ball.part, BallRegion(certificate_.table, words, ball, certificate_.norm));
  }

  void check_part(int64_t part, const CheckedRegion& region) {
    if (part >= static_cast<int64_t>(certificate_.parts.size()) || !used_.insert(part).second)
      throw DataError("parts: expected each to be used once");
    const size_t j = static_cast<size_t>(part);
    const double margin =
        PartCheck(graph_, certificate_.parts[j], region, certificate_.by_zonotopes)
            .margin(certificate_.label, certificate_.classes);
    const std::string name = "part " + std::to_string(part) + ": ";
    if (!(margin > 0))
      throw NotCertified(name + "expected a margin above 0, got " + std::to_string(margin));
    if (!(certificate_.margins[j] <= margin && certificate_.margins[j] > 0))
      throw NotCertified(name + "its margin " + std::to_string(certificate_.margins[j]) +
                         " is not what is proved, " + std::to_string(margin));
    result_.margin = std::min(result_.margin, margin);
  }

  const Certificate& certificate_;
  CheckedGraph graph_;
  CheckedCertificate result_;
  std::set<int64_t> used_;
};

}  // namespace

CheckedCertificate check_certificate(const Certificate& certificate) {
  return Check(certificate).run();
}

CheckedCertificate check_certificate_file(const std::filesystem::path& file,
                                          const CertificateFiles& files) {
  return check_certificate(read_certificate(file, files));
}

}  // namespace limbeck::verify
