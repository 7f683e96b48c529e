#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "nlp/report/run_record.h"
#include "tools/limbeck/command.h"

namespace limbeck::tools {

/// run.json of a training command: what is needed to repeat the run, and the only file with a time
/// of limbeck's own. Written when the run starts, with no end, and again when it ends.
///
/// A resumed run keeps the record of its first start; the continuation that ends it stands under
/// `resumed`.
class RunJson {
 public:
  /// `inputs` are files and model directories that the run reads; absent and empty paths are left
  /// out. Of a directory, the files that decide what the model computes are recorded.
  RunJson(const Command& command, const Invocation& invocation, uint64_t seed,
          std::vector<std::filesystem::path> inputs);

  /// Hashes the inputs and writes the record without an end; keeps that of the run which is
  /// resumed. Throws: DataError when an input or the file cannot be read or written.
  void write_start(const std::filesystem::path& output);
  /// Writes the end into the record. Throws: DataError.
  void write_end(const std::filesystem::path& output);

 private:
  nlp::RunRecord record_;
  std::vector<std::filesystem::path> inputs_;
  bool is_resumed_ = false;
};

}  // namespace limbeck::tools
