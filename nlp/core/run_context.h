#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "nlp/core/output_directory.h"
#include "nlp/core/progress.h"

namespace limbeck {

/// What a program tells a run about its surroundings; nothing in it changes a result.
struct RunContext {
  ExistingOutput existing = ExistingOutput::kRefuse;
  ProgressMode progress = ProgressMode::kNever;
  std::filesystem::path cache;  ///< where teacher vectors are kept
  std::string command;          ///< what repeats the run, for the report and the model card
  std::string resume_line;      ///< what to run after an interruption
  std::function<void(const std::string&)> notice;  ///< one-line remarks; empty = none
  /// Called with the output directory when it is locked and the inputs are read, before anything
  /// else is written there; empty = none.
  std::function<void(const std::filesystem::path&)> on_start;

  void say(const std::string& line) const {
    if (notice) notice(line);
  }
  void started(const std::filesystem::path& directory) const {
    if (on_start) on_start(directory);
  }
  /// What an interrupted run says.
  std::string interruption_line() const {
    return "interrupted, the state is saved; continue with: " + resume_line;
  }
};

}  // namespace limbeck
