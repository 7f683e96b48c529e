#include "tools/limbeck/train/run_json.h"

#include <torch/version.h>

#include <algorithm>

#include "distill/teacher/teacher_cache.h"
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

std::vector<nlp::RunInput> describe_inputs(const std::vector<fs::path>& paths) {
  std::vector<nlp::RunInput> inputs;
  for (const fs::path& path : paths) {
    const std::vector<fs::path> files =
        fs::is_directory(path) ? distill::model_files(path) : std::vector<fs::path>{path};
    for (const fs::path& file : files)
      if (fs::is_regular_file(file)) inputs.push_back(nlp::describe_input(file));
  }
  return inputs;
}

}  // namespace

RunJson::RunJson(const Command& command, const Invocation& invocation, uint64_t seed,
                 std::vector<fs::path> inputs)
    : inputs_(std::move(inputs)), is_resumed_(is_resume(invocation)) {
  record_.command_line = {"limbeck"};
  record_.command_line.insert(record_.command_line.end(), invocation.words.begin(),
                              invocation.words.end());
  record_.options = command.table().to_json();
  record_.seeds = {{"seed", seed}};
  record_.versions = {{"limbeck", version()},
                      {"compiler", nlp::compiler_version()},
                      {"LibTorch", TORCH_VERSION},
                      {"ICU", icu_version()}};
  record_.threads = thread_count();
  record_.cpu = nlp::describe_cpu();
  record_.started = nlp::utc_timestamp();
}

void RunJson::write_start(const fs::path& output) {
  if (is_resumed_ && fs::exists(output / kRunFile)) return;
  is_resumed_ = false;
  record_.inputs = describe_inputs(inputs_);
  nlp::write_run_record(output, record_);
}

void RunJson::write_end(const fs::path& output) {
  record_.ended = nlp::utc_timestamp();
  if (!is_resumed_) return nlp::write_run_record(output, record_);
  nlohmann::ordered_json json = read_json_file(output / kRunFile);
  json["resumed"] = {{"started", record_.started}, {"threads", record_.threads}};
  json["ended"] = record_.ended;
  write_json_file(output / kRunFile, json);
}

}  // namespace limbeck::tools
