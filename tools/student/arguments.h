#pragma once

#include <string>
#include <vector>

#include "nlp/encode/sentence_encoder.h"

namespace limbeck::tools {

/// What the command line of limbeck-student asks for.
struct StudentArguments {
  enum class Action { kHelp, kVersion, kEmbed, kClassify };
  Action action = Action::kHelp;
  std::string model;
  std::string input = "-";  ///< file, or "-" for standard input
  nlp::Precision precision = nlp::Precision::kFloat32;
  int threads = 0;  ///< 0: as many as the CPUs one may use
};

/// Throws: ConfigError naming the argument and what is known.
StudentArguments parse_arguments(const std::vector<std::string>& words);

/// The text of --help.
std::string help_text();

}  // namespace limbeck::tools
