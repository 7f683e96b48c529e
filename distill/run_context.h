#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "nlp/core/output_directory.h"
#include "nlp/core/progress.h"

namespace limbeck::distill {

/// What a program tells a run about its surroundings; nothing in it changes a result.
struct RunContext {
  ExistingOutput existing = ExistingOutput::kRefuse;
  ProgressMode progress = ProgressMode::kNever;
  std::filesystem::path cache;  ///< where teacher vectors are kept
  std::string command;          ///< as typed, for run.json, the report and the model card
  std::string resume_line;      ///< what to run after an interruption
  std::function<void(const std::string&)> notice;  ///< one-line remarks; empty = none

  void say(const std::string& line) const {
    if (notice) notice(line);
  }
};

}  // namespace limbeck::distill
