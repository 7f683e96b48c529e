#include "tests/cli/distillation.h"

#include <fstream>
#include <iterator>
#include <random>
#include <set>

namespace limbeck::test {
namespace fs = std::filesystem;

bool can_train() { return fs::exists(fs::path(LIMBECK_PROGRAM).parent_path() / "limbeck-train"); }

std::string tiny_teacher() {
  return (fs::path(LIMBECK_SOURCE_DIR) / "tests/golden/bert_engine/tiny").string();
}

std::string tiny_text(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::set<std::string> sentences;
  std::string text;
  while (static_cast<int>(sentences.size()) < count) {
    std::string sentence;
    for (size_t left = 3 + random() % 9; left > 0; --left)
      sentence += "w" + std::to_string(random() % 45) + (left > 1 ? " " : "");
    if (sentences.insert(sentence).second) text += sentence + "\n";
  }
  return text;
}

Distillation::Distillation() {
  folder_.write("text.txt", tiny_text(200));
  folder_.write("student.json", R"({"embedding_width": 16, "hidden_width": 16})");
}

std::vector<std::string> Distillation::words(const std::vector<std::string>& more) const {
  std::vector<std::string> words = {"distill",
                                    "--teacher",
                                    tiny_teacher(),
                                    "--text",
                                    text(),
                                    "--output",
                                    output(),
                                    "--student-config",
                                    folder_ / "student.json",
                                    "--validation-count",
                                    "20",
                                    "--epochs",
                                    "6",
                                    "--batch-size",
                                    "8",
                                    "--log-every",
                                    "3",
                                    "--eval-every",
                                    "7",
                                    "--checkpoint-every",
                                    "5",
                                    "--threads",
                                    "2"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Outcome Distillation::run(const std::vector<std::string>& more, SpawnOptions options) const {
  options.environment["LIMBECK_CACHE"] = (folder_ / "cache").string();
  return limbeck(words(more), options);
}

std::map<std::string, std::string> Distillation::files() const {
  std::map<std::string, std::string> files;
  if (!fs::exists(output())) return files;
  for (const auto& entry : fs::recursive_directory_iterator(output())) {
    const std::string name = fs::relative(entry.path(), output()).string();
    if (!entry.is_regular_file() || name == "run.json" || name.find("tfevents") != name.npos)
      continue;
    std::ifstream file(entry.path(), std::ios::binary);
    files[name].assign(std::istreambuf_iterator<char>(file), {});
  }
  return files;
}

std::vector<std::string> Distillation::half_written() const {
  std::vector<std::string> names;
  if (!fs::exists(output())) return names;
  for (const auto& entry : fs::recursive_directory_iterator(output())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || name.find(".tmp-") != name.npos) names.push_back(name);
  }
  return names;
}

}  // namespace limbeck::test
