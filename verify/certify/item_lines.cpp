#include "verify/certify/item_lines.h"

#include <cmath>

namespace limbeck::verify {
namespace {

nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json head(int64_t index, const CandidateSentence& sentence,
                            const std::string& state) {
  return {{"index", index},
          {"sentence", sentence.sentence},
          {"label", sentence.label},
          {"state", state}};
}

}  // namespace

nlohmann::ordered_json synonym_line(int64_t index, const CandidateSentence& sentence,
                                    const WordProblem& problem, const WordResult& result,
                                    const WordModel& model) {
  nlohmann::ordered_json line = head(index, sentence, verdict_name(result.verdict));
  line["margin_proved"] = number(result.lower);
  line["margin_seen"] = number(result.attack);
  line["replaced"] = nlohmann::ordered_json::array();
  if (result.verdict == Verdict::kFalsified)
    for (const Replacement& replacement : result.replacements)
      line["replaced"].push_back(
          {{"position", replacement.position},
           {"word", model.word(problem.words[static_cast<size_t>(replacement.position)])},
           {"by", model.word(replacement.word)}});
  line["decided_by"] = result.decided_by;
  line["branches"] = result.branches;
  return line;
}

nlohmann::ordered_json radius_line(int64_t index, const CandidateSentence& sentence,
                                   const WordProblem& problem, const std::vector<Radius>& radii,
                                   bool is_each_word, const WordModel& model) {
  bool is_certified = !radii.empty();
  nlohmann::ordered_json words = nlohmann::ordered_json::array();
  for (size_t i = 0; i < radii.size(); ++i) {
    nlohmann::ordered_json word;
    if (is_each_word) {
      word["position"] = i + 1;  // position 0 is [CLS]
      word["word"] = model.word(problem.words[i + 1]);
    }
    word["radius"] = radii[i].certified;
    word["refused"] = number(radii[i].refused);
    words.push_back(std::move(word));
    is_certified = is_certified && radii[i].certified > 0;
  }
  nlohmann::ordered_json line = head(index, sentence, is_certified ? "certified" : "unknown");
  line["words"] = std::move(words);
  return line;
}

nlohmann::ordered_json error_line(int64_t index, const CandidateSentence& sentence,
                                  const std::string& message) {
  nlohmann::ordered_json line = head(index, sentence, "error");
  line["message"] = message;
  return line;
}

}  // namespace limbeck::verify
