#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "nlp/core/json_file.h"

namespace limbeck::distill {

/// A student of tests/golden/student with what torch.nn.LSTM gives for it.
struct GoldenStudent {
  std::filesystem::path directory;
  std::vector<std::string> texts;
  std::vector<std::vector<int32_t>> ids;
  std::vector<std::vector<float>> vectors, logits;

  /// Pair i of a pair head: text i and the one after it, the last with the first.
  std::vector<std::pair<std::string, std::string>> pairs() const {
    std::vector<std::pair<std::string, std::string>> pairs;
    for (size_t i = 0; i < texts.size(); ++i)
      pairs.emplace_back(texts[i], texts[(i + 1) % texts.size()]);
    return pairs;
  }
};

inline std::filesystem::path golden_students() {
  return std::filesystem::path(LIMBECK_SOURCE_DIR) / "tests/golden/student";
}

inline GoldenStudent read_golden(const std::string& name) {
  GoldenStudent golden;
  golden.directory = golden_students() / name;
  const nlohmann::json json = read_json_file(golden.directory / "golden.json");
  golden.texts = json["texts"].get<std::vector<std::string>>();
  golden.ids = json["ids"].get<std::vector<std::vector<int32_t>>>();
  golden.vectors = json["vectors"].get<std::vector<std::vector<float>>>();
  if (json.contains("logits"))
    golden.logits = json["logits"].get<std::vector<std::vector<float>>>();
  return golden;
}

/// Folder names of all golden students.
inline std::vector<std::string> golden_names() {
  return {"mean",     "max_two_layers", "last_two_layers", "attention",
          "classify", "classify_pair",  "score_pair"};
}

/// tests/golden/student/origin.json: both sides round in float32; 40 times the 2.4e-7 that was
/// seen.
inline constexpr double kGoldenTolerance = 1e-5;

}  // namespace limbeck::distill
