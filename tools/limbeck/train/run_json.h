#pragma once

#include "tools/limbeck/run_journal.h"

namespace limbeck::tools {

/// run.json of a training command, with the version of LibTorch.
class RunJson : public RunJournal {
 public:
  RunJson(const Command& command, const Invocation& invocation, uint64_t seed,
          std::vector<std::filesystem::path> inputs);
};

}  // namespace limbeck::tools
