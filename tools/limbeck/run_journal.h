#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "nlp/report/run_record.h"
#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// run.json of a command: what is needed to repeat the run, and the only file with a time of
/// limbeck's own. Written when the run starts, with no end, and again when it ends.
///
/// The record is that of the run which ends it: of a resumed run, its own command and options, with
/// the start of the first run. `resumed` has its own start, `earlier_runs` the commands and options
/// of those before it.
class RunJournal {
 public:
  using Versions = std::vector<std::pair<std::string, std::string>>;

  /// `inputs` are files and model directories that the run reads; absent and empty paths are left
  /// out. Of a directory, the files that decide what the model computes are recorded. `libraries`
  /// are versions beside those of limbeck, its compiler and ICU.
  RunJournal(const Command& command, const Invocation& invocation, uint64_t seed,
             std::vector<std::filesystem::path> inputs, const Versions& libraries = {});

  /// Hashes the inputs and writes the record without an end; keeps that of the run which is
  /// resumed until write_end(). Throws: DataError when an input or the file cannot be read or
  /// written.
  void write_start(const std::filesystem::path& output);
  /// Of a run that goes on: whether what it reads is what the first one read.
  /// Throws: ConfigError naming a file that has changed, or was not there.
  void require_same_inputs(const std::filesystem::path& output) const;
  /// Writes the end into the record, and `more` keys behind it. Throws: DataError.
  void write_end(const std::filesystem::path& output,
                 const nlohmann::ordered_json& more = nlohmann::ordered_json::object());

 private:
  nlp::RunRecord record_;
  std::vector<std::filesystem::path> inputs_;
  bool is_resumed_ = false;
};

}  // namespace limbeck::tools
