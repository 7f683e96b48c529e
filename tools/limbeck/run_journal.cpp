#include "tools/limbeck/run_journal.h"

#include <algorithm>
#include <set>

#include "distill/teacher/teacher_cache.h"
#include "nlp/causal/causal_model.h"
#include "nlp/core/json_file.h"
#include "nlp/core/threads.h"
#include "tools/limbeck/icu_version.h"
#include "tools/limbeck/version.h"

namespace limbeck::tools {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRunFile = "run.json";

bool is_resume(const Invocation& invocation) {
  return std::ranges::find(invocation.words, "--resume") != invocation.words.end();
}

/// The files of a model directory that decide what it computes.
std::vector<fs::path> files_of(const fs::path& path) {
  if (!fs::is_directory(path)) return {path};
  if (const auto gguf = nlp::find_gguf(path)) return {*gguf};
  return distill::model_files(path);
}

std::vector<nlp::RunInput> describe_inputs(const std::vector<fs::path>& paths) {
  std::vector<nlp::RunInput> inputs;
  for (const fs::path& path : paths) {
    if (path.empty() || !fs::exists(path)) continue;
    for (const fs::path& file : files_of(path))
      if (fs::is_regular_file(file)) inputs.push_back(nlp::describe_input(file));
  }
  return inputs;
}

/// The runs that an earlier record tells of, the last one at the end.
nlohmann::ordered_json earlier_runs(const nlohmann::ordered_json& record) {
  nlohmann::ordered_json runs = nlohmann::ordered_json::array(), last;
  if (record.contains("earlier_runs")) runs = record["earlier_runs"];
  for (const char* key : {"command", "command_line", "options", "seeds", "threads", "ended"})
    last[key] = record.contains(key) ? record[key] : nullptr;
  // That of a resumed run is the start of the first.
  const bool is_resumed = record.contains("resumed");
  const nlohmann::ordered_json& own = is_resumed ? record["resumed"] : record;
  last["started"] = own.contains("started") ? own["started"] : nullptr;
  runs.push_back(std::move(last));
  return runs;
}

}  // namespace

RunJournal::RunJournal(const Command& command, const Invocation& invocation, uint64_t seed,
                       std::vector<fs::path> inputs, const Versions& libraries)
    : inputs_(std::move(inputs)), is_resumed_(is_resume(invocation)) {
  record_.command_line = {"limbeck"};
  record_.command_line.insert(record_.command_line.end(), invocation.words.begin(),
                              invocation.words.end());
  record_.options = command.table().to_json();
  record_.seeds = {{"seed", seed}};
  record_.versions = {{"limbeck", version()}, {"compiler", nlp::compiler_version()}};
  record_.versions.insert(record_.versions.end(), libraries.begin(), libraries.end());
  record_.versions.emplace_back("ICU", icu_version());
  record_.threads = thread_count();
  record_.cpu = nlp::describe_cpu();
  record_.started = nlp::utc_timestamp();
}

void RunJournal::write_start(const fs::path& output) {
  record_.inputs = describe_inputs(inputs_);
  if (is_resumed_ && fs::exists(output / kRunFile)) return;
  is_resumed_ = false;
  nlp::write_run_record(output, record_);
}

void RunJournal::require_same_inputs(const fs::path& output) const {
  if (!is_resumed_ || !fs::exists(output / kRunFile)) return;
  const nlohmann::json record = read_json_file(output / kRunFile);
  std::set<std::string> known;
  for (const nlohmann::json& input : record.value("inputs", nlohmann::json::array()))
    if (input.is_object()) known.insert(input.value("sha256", ""));
  for (const nlp::RunInput& input : describe_inputs(inputs_))
    if (!known.contains(input.sha256))
      throw ConfigError(output.string() + ": --resume: " + input.path +
                        " is not what the run began with (give another --output)");
}

void RunJournal::write_end(const fs::path& output, const nlohmann::ordered_json& more) {
  record_.ended = nlp::utc_timestamp();
  nlohmann::ordered_json json = nlp::run_record_to_json(record_);
  if (is_resumed_) {
    json["earlier_runs"] = earlier_runs(read_json_file(output / kRunFile));
    json["resumed"] = {{"started", record_.started}, {"threads", record_.threads}};
    json["started"] = json["earlier_runs"][0]["started"];
  }
  json.update(more);
  write_json_file(output / kRunFile, json);
}

}  // namespace limbeck::tools
