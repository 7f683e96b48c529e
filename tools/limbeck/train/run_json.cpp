#include "tools/limbeck/train/run_json.h"

#include <torch/version.h>

#include <algorithm>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"

namespace limbeck::tools {
namespace {

namespace fs = std::filesystem;

/// The lock file of the run that asks is no content.
bool holds_files(const fs::path& directory) {
  return std::ranges::any_of(fs::directory_iterator(directory),
                             [](const auto& entry) { return entry.path().filename() != ".lock"; });
}

/// "no run.json", or "one of limbeck finetune".
std::string finding(const fs::path& file) {
  if (!fs::exists(file)) return "no run.json";
  const nlohmann::json record = read_json_file(file);
  const nlohmann::json words =
      record.is_object() ? record.value("command_line", nlohmann::json()) : nlohmann::json();
  const bool has_name = words.is_array() && words.size() > 1 && words[1].is_string();
  return has_name ? "one of limbeck " + words[1].get<std::string>()
                  : "a run.json without a command";
}

}  // namespace

RunJson::RunJson(const Command& command, const Invocation& invocation, uint64_t seed,
                 std::vector<fs::path> inputs)
    : RunJournal(command, invocation, seed, std::move(inputs), {{"LibTorch", TORCH_VERSION}}),
      command_(command.text().name),
      is_resumed_(command.table().to_json().value("resume", false)) {}

void RunJson::write_start(const fs::path& output) {
  if (is_resumed_ && holds_files(output)) {
    const std::string found = finding(output / "run.json");
    if (found != "one of limbeck " + command_)
      throw ConfigError(output.string() + ": --resume: expected a run of limbeck " + command_ +
                        ", found " + found +
                        " (give another --output, or --overwrite to replace what is there)");
  }
  RunJournal::write_start(output);
}

}  // namespace limbeck::tools
