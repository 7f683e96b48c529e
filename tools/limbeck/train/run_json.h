#pragma once

#include "tools/limbeck/run_journal.h"

namespace limbeck::tools {

/// run.json of a training command, with the version of LibTorch.
class RunJson : public RunJournal {
 public:
  RunJson(const Command& command, const Invocation& invocation, uint64_t seed,
          std::vector<std::filesystem::path> inputs);

  /// As RunJournal. With `--resume`, a directory that holds anything but a run of the same command
  /// is refused: what stands there is not this command's to write over.
  /// Throws: also ConfigError `out: --resume: expected a run of limbeck distill, found no run.json
  ///         (...)`.
  void write_start(const std::filesystem::path& output);

 private:
  std::string command_;
  bool is_resumed_;
};

}  // namespace limbeck::tools
