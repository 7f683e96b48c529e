#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {

/// Whether this build holds the commands that need LibTorch.
bool can_train();

/// A tiny BERT of random weights: two layers of width 32, 50 word pieces "w0" to "w44".
std::string tiny_teacher();

/// `count` distinct sentences of the tiny teacher's words, a line each; equal seeds give equal
/// text.
std::string tiny_text(int count, unsigned seed = 1);

/// A small distillation: 200 sentences, 20 of them for validation, 6 epochs of 23 steps, in a
/// folder and with a cache of its own.
class Distillation {
 public:
  Distillation();

  /// The words of `limbeck distill ...`; `more` are appended.
  std::vector<std::string> words(const std::vector<std::string>& more = {}) const;
  Outcome run(const std::vector<std::string>& more = {}, SpawnOptions options = {}) const;

  const TemporaryDirectory& folder() const { return folder_; }
  std::string output() const { return (folder_ / "student").string(); }
  std::string text() const { return (folder_ / "text.txt").string(); }

  /// Every file of the output directory with its content, but those that hold times.
  std::map<std::string, std::string> files() const;
  /// Names of temporary and hidden files in the output directory.
  std::vector<std::string> half_written() const;

 private:
  TemporaryDirectory folder_;
};

}  // namespace limbeck::test
