#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "nlp/tensor/safetensors.h"
#include "tests/support/shared_data.h"

namespace limbeck::nlp {

inline std::filesystem::path golden_directory() {
  return std::filesystem::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert_engine";
}

/// Directory of the default teacher.
inline std::filesystem::path teacher_directory() { return test::asset_cache("all-MiniLM-L6-v2"); }

inline std::vector<int32_t> int32_values(const TensorView& tensor) {
  const auto* first = reinterpret_cast<const int32_t*>(tensor.bytes.data());
  return {first, first + tensor.element_count()};
}

/// `values` cut into vectors of the given lengths.
inline std::vector<std::vector<int32_t>> cut(const std::vector<int32_t>& values,
                                             const std::vector<int32_t>& lengths) {
  std::vector<std::vector<int32_t>> parts;
  auto at = values.begin();
  for (const int32_t length : lengths) {
    parts.emplace_back(at, at + length);
    at += length;
  }
  return parts;
}

/// Lines of tests/golden/bert_engine/sentences.tsv without those of two texts.
inline std::vector<std::string> single_sentences() {
  std::ifstream file(golden_directory() / "sentences.tsv");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);)
    if (line.find('\t') == std::string::npos) lines.push_back(line);
  return lines;
}

/// A directory of its own under the temporary one, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "limbeck-encode-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace limbeck::nlp
