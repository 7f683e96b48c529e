#include "verify/certify/item_lines.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace limbeck::verify {
namespace {

nlohmann::ordered_json head(int64_t index, const CandidateSentence& sentence,
                            const std::string& state) {
  return {{"index", index},
          {"sentence", sentence.sentence},
          {"label", sentence.label_name.empty() ? nlohmann::ordered_json(sentence.label)
                                                : nlohmann::ordered_json(sentence.label_name)},
          {"state", state}};
}

const char* radius_state(const RadiusResult& result) {
  if (!result.is_right) return "falsified";
  if (std::ranges::any_of(result.radii, &Radius::is_late)) return "timeout";
  const bool is_certified =
      !result.radii.empty() &&
      std::ranges::all_of(result.radii, [](const Radius& r) { return r.certified > 0; });
  if (is_certified) return "certified";
  const bool is_flipped = std::ranges::any_of(
      result.radii, [&](const Radius& r) { return r.certified == 0 && r.flipped <= result.asked; });
  return is_flipped ? "falsified" : "unknown";
}

constexpr size_t kMostNodes = 20;  // of an explanation
constexpr int kDigits = 6;  // significant, of numbers that depend on batches by their last bits

/// The largest number of 6 significant digits that is not above `value`.
double rounded_down(double value) {
  if (value == 0 || !std::isfinite(value)) return value;
  const double scale = std::pow(10, kDigits - 1 - std::floor(std::log10(std::abs(value))));
  if (!std::isfinite(scale)) return value;
  double digits = std::floor(value * scale);
  while (digits / scale > value) --digits;
  return digits / scale;
}

double rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*g", kDigits, value);
  return std::isfinite(value) ? std::strtod(text, nullptr) : value;
}

}  // namespace

nlohmann::ordered_json finite_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json synonym_line(int64_t index, const CandidateSentence& sentence,
                                    const WordProblem& problem, const WordResult& result,
                                    const WordModel& model) {
  nlohmann::ordered_json line = head(index, sentence, verdict_name(result.verdict));
  line["label"] = problem.label;
  line["margin_proved"] = finite_or_null(rounded_down(result.lower));
  line["margin_seen"] = finite_or_null(rounded(result.attack));
  line["replaced"] = nlohmann::ordered_json::array();
  if (result.verdict == Verdict::kFalsified)
    for (const Replacement& replacement : result.replacements)
      line["replaced"].push_back(
          {{"position", replacement.position},
           {"word", model.word(problem.words[static_cast<size_t>(replacement.position)])},
           {"by", model.word(replacement.word)}});
  line["decided_by"] = result.decided_by;
  line["branches"] = result.branches;
  if (!problem.skipped.empty()) line["skipped"] = problem.skipped;
  if (!result.reason.empty() && !std::isfinite(result.lower)) line["unbounded"] = result.reason;
  return line;
}

nlohmann::ordered_json radius_line(int64_t index, const CandidateSentence& sentence,
                                   const WordProblem& problem, const RadiusResult& result,
                                   const WordModel& model) {
  nlohmann::ordered_json words = nlohmann::ordered_json::array();
  for (size_t i = 0; i < result.radii.size(); ++i) {
    const Radius& radius = result.radii[i];
    nlohmann::ordered_json word;
    if (result.is_each_word) {
      const size_t position = i + static_cast<size_t>(problem.before);
      word["position"] = position;
      word["word"] = model.word(problem.words[position]);
    }
    word["radius"] = radius.certified;
    word["refused"] = finite_or_null(radius.refused);
    word["flipped"] = finite_or_null(radius.flipped);
    if (radius.certified == 0 && !radius.reason.empty()) word["unbounded"] = radius.reason;
    words.push_back(std::move(word));
  }
  nlohmann::ordered_json line = head(index, sentence, radius_state(result));
  line["label"] = problem.label;
  if (!result.method.empty()) line["method"] = result.method;
  line["words"] = std::move(words);
  if (!result.is_right) line["decided_by"] = "original";
  return line;
}

nlohmann::ordered_json error_line(int64_t index, const CandidateSentence& sentence,
                                  const std::string& message) {
  nlohmann::ordered_json line = head(index, sentence, "error");
  line["message"] = message;
  return line;
}

nlohmann::ordered_json explanation_json(const BoundExplanation& explanation, const Graph& graph) {
  if (!std::isfinite(explanation.bound))
    return {{"bound", nullptr}, {"unbounded", explanation.reason}};
  nlohmann::ordered_json json{{"bound", rounded_down(explanation.bound)},
                              {"value", rounded(explanation.value)}};
  double sum = 0, others = 0;
  for (const NodeLoss& loss : explanation.losses) sum += loss.loss;
  nlohmann::ordered_json nodes = nlohmann::ordered_json::array();
  for (const NodeLoss& loss : explanation.losses) {
    if (nodes.size() >= kMostNodes) {
      others += loss.loss;
      continue;
    }
    const Node& node = graph.node(loss.node);
    nodes.push_back({{"op", node.op},
                     {"place", node.place},
                     {"loss", rounded(loss.loss)},
                     {"share", rounded(loss.loss / sum)}});
  }
  json["nodes"] = std::move(nodes);
  json["others"] = rounded(others);
  return json;
}

}  // namespace limbeck::verify
