#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {

/// A small fine-tuning of the tiny teacher on two labels: 60 examples, 12 epochs of 15 steps, in a
/// folder of its own.
class Finetuning {
 public:
  Finetuning();
  /// Takes the golden student instead, and 40 sentences without words unknown to it.
  void take_student();

  /// The words of `limbeck finetune ...` into `output` of the folder; `more` are appended.
  std::vector<std::string> words(const std::string& output,
                                 const std::vector<std::string>& more = {}) const;
  Outcome run(const std::string& output, const std::vector<std::string>& more = {},
              const SpawnOptions& options = {}) const;

  const TemporaryDirectory& folder() const { return folder_; }
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  std::string model;  ///< fine-tuned: the tiny teacher unless it is changed

 private:
  TemporaryDirectory folder_;
};

}  // namespace limbeck::test
