#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace limbeck::nlp {

/// Model and instruction sets of the processor, as the kernel names them; empty where it does not
/// say.
struct CpuDescription {
  std::string model;
  std::vector<std::string> flags;  ///< sorted
};

/// Reads /proc/cpuinfo.
CpuDescription describe_cpu();
/// The same from the text of such a file.
CpuDescription parse_cpu_description(const std::string& cpuinfo);

/// A file that a run read.
struct RunInput {
  std::string path;
  uint64_t bytes = 0;
  std::string sha256;
};

/// Hashes the file. Throws: DataError when it cannot be read.
RunInput describe_input(const std::filesystem::path& path);

/// What is needed to repeat a run; the only file of a run that holds a timestamp of limbeck's own.
struct RunRecord {
  std::vector<std::string> command_line;
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
  std::map<std::string, uint64_t> seeds;
  std::vector<std::pair<std::string, std::string>> versions;  ///< such as {"limbeck", "0.1.0"}
  int threads = 0;
  CpuDescription cpu;
  std::vector<RunInput> inputs;
  std::string started;  ///< ISO 8601, UTC
  std::string ended;    ///< empty while it runs
};

/// Name and version of the compiler that built limbeck.
std::string compiler_version();

/// The present time as 2026-01-31T12:34:56Z.
std::string utc_timestamp();

/// Command line as a POSIX shell takes it: arguments are quoted where needed.
std::string shell_line(const std::vector<std::string>& arguments);

nlohmann::ordered_json run_record_to_json(const RunRecord& record);

/// Writes `run.json` atomically.
void write_run_record(const std::filesystem::path& directory, const RunRecord& record);

}  // namespace limbeck::nlp
