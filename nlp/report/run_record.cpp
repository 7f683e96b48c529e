#include "nlp/report/run_record.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>

#include "nlp/core/json_file.h"
#include "nlp/core/sha256.h"

namespace limbeck::nlp {
namespace {

using Json = nlohmann::ordered_json;

std::string after_colon(const std::string& line) {
  const size_t start = line.find_first_not_of(" \t", line.find(':') + 1);
  return start == std::string::npos ? "" : line.substr(start);
}

std::string quoted(const std::string& argument) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./:,@%";
  if (!argument.empty() && argument.find_first_not_of(kPlain) == std::string::npos) return argument;
  std::string result = "'";
  for (const char c : argument) {
    if (c == '\'') {
      result.append("'\\''");
    } else {
      result += c;
    }
  }
  return result + "'";
}

}  // namespace

CpuDescription parse_cpu_description(const std::string& cpuinfo) {
  CpuDescription cpu;
  std::istringstream lines(cpuinfo);
  for (std::string line; std::getline(lines, line);) {
    if (cpu.model.empty() && line.starts_with("model name")) cpu.model = after_colon(line);
    const bool has_flags = line.starts_with("flags") || line.starts_with("Features");  // x86, ARM
    if (!cpu.flags.empty() || !has_flags) continue;
    std::istringstream words(after_colon(line));
    cpu.flags.assign(std::istream_iterator<std::string>(words), {});
    std::sort(cpu.flags.begin(), cpu.flags.end());
  }
  return cpu;
}

CpuDescription describe_cpu() {
  std::ifstream file("/proc/cpuinfo");
  return parse_cpu_description(std::string(std::istreambuf_iterator<char>(file), {}));
}

RunInput describe_input(const std::filesystem::path& path) {
  RunInput input{path.string(), 0, sha256_hex_of_file(path)};
  input.bytes = std::filesystem::file_size(path);
  return input;
}

std::string compiler_version() {
#if defined(__clang__)
  return "clang " __clang_version__;
#elif defined(__GNUC__)
  return "g++ " __VERSION__;
#else
  return "unknown";
#endif
}

std::string utc_timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text;
  const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text.data(), length);
}

std::string shell_line(const std::vector<std::string>& arguments) {
  std::string line;
  for (const std::string& argument : arguments)
    line.append(line.empty() ? "" : " ").append(quoted(argument));
  return line;
}

Json run_record_to_json(const RunRecord& record) {
  Json versions = Json::object(), seeds = Json::object(), inputs = Json::array();
  for (const auto& [name, version] : record.versions) versions[name] = version;
  for (const auto& [name, seed] : record.seeds) seeds[name] = seed;
  for (const RunInput& input : record.inputs)
    inputs.push_back({{"path", input.path}, {"bytes", input.bytes}, {"sha256", input.sha256}});
  Json ended = nullptr;
  if (!record.ended.empty()) ended = record.ended;
  return {{"schema", "limbeck-run"},
          {"schema_version", 1},
          {"command", shell_line(record.command_line)},
          {"command_line", record.command_line},
          {"options", record.options},
          {"seeds", seeds},
          {"versions", versions},
          {"threads", record.threads},
          {"cpu", {{"model", record.cpu.model}, {"flags", record.cpu.flags}}},
          {"inputs", inputs},
          {"started", record.started},
          {"ended", ended}};
}

void write_run_record(const std::filesystem::path& directory, const RunRecord& record) {
  write_json_file(directory / "run.json", run_record_to_json(record));
}

}  // namespace limbeck::nlp
