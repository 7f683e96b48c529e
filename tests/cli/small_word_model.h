#pragma once

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "nlp/core/atomic_file.h"
#include "nlp/tensor/safetensors.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {

/// A word-level Transformer of width 4 with fixed weights, its vocabulary and five sentences.
class SmallWordModel {
 public:
  explicit SmallWordModel(const TemporaryDirectory& folder) {
    const std::string layer = "bert.encoder.layer.0.";
    add("embeddings.word_embeddings.weight", {9, 4});
    dense("linear_in", 4, 4), norm("LayerNorm");
    for (const char* part : {"query", "key", "value"})
      dense(layer + "attention.self." + part, 4, 4);
    dense(layer + "attention.output.dense", 4, 4), norm(layer + "attention.output.LayerNorm");
    dense(layer + "intermediate.dense", 6, 4), dense(layer + "output.dense", 4, 6),
        norm(layer + "output.LayerNorm");
    dense("bert.pooler.dense", 4, 4), dense("classifier", 2, 4);
    std::vector<nlp::NamedTensor> tensors;
    for (const auto& [name, entry] : values_)
      tensors.push_back(
          {name,
           {nlp::Dtype::kF32, entry.first, std::as_bytes(std::span<const float>(entry.second))}});
    model = (folder / "net.safetensors").string();
    nlp::write_safetensors(model, tensors, {});
    folder.write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ngood\nnice\nbad\nfilm\n");
    data = folder
               .write("data.json", R"([
      {"sentence": "good film", "label": 0, "candidates": [["good", "nice", "bad"], []]},
      {"sentence": "good film", "label": 1, "candidates": [["nice"], ["bad"]]},
      {"sentence": "", "label": 1, "candidates": []},
      {"sentence": "bad nice film", "label": 7, "candidates": [[], [], []]},
      {"sentence": "Nice", "label": 1, "candidates": [["good", "absent"]]}])")
               .string();
  }

  std::string model, data;

 private:
  void add(const std::string& name, std::vector<int64_t> shape) {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    std::vector<float> numbers;
    for (int64_t i = 0; i < count; ++i)
      numbers.push_back(static_cast<float>(std::sin(1.7 * static_cast<double>(++drawn_))));
    values_[name] = {std::move(shape), std::move(numbers)};
  }
  void dense(const std::string& name, int64_t out, int64_t in) {
    add(name + ".weight", {out, in}), add(name + ".bias", {out});
  }
  void norm(const std::string& name) { add(name + ".weight", {4}), add(name + ".bias", {4}); }

  std::map<std::string, std::pair<std::vector<int64_t>, std::vector<float>>> values_;
  int64_t drawn_ = 0;
};

/// The lines of items.jsonl in a folder.
inline std::vector<nlohmann::json> lines_of(const std::string& folder) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(read_file(folder + "/items.jsonl"));
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace limbeck::test
