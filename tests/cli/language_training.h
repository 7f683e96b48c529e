#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {

/// Trainings of tiny language models on a text of few words in which most lines mention a place, in
/// a folder of its own: text.txt, places.json, sentiment.tsv, lexicon.txt.
class LanguageTraining {
 public:
  LanguageTraining();

  /// `limbeck train-lm ...` into `output` of the folder: 2 layers of width 16, some 200 steps.
  std::vector<std::string> train_words(const std::string& output,
                                       const std::vector<std::string>& more = {}) const;
  /// `limbeck debias ...` of the golden Llama into `output` of the folder: 12 epochs of few steps,
  /// without audit.
  std::vector<std::string> debias_words(const std::string& output,
                                        const std::vector<std::string>& more = {}) const;

  const TemporaryDirectory& folder() const { return folder_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  static std::string model();  ///< the golden Llama

 private:
  TemporaryDirectory folder_;
};

/// The message of a refusal: exit code and standard error; nothing may be printed or written.
std::string refusal_of(const LanguageTraining& task, const std::vector<std::string>& words);

}  // namespace limbeck::test
