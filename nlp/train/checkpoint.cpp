#include "nlp/train/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/sha256.h"
#include "nlp/train/state_tensors.h"
#include "nlp/train/trainer_state_json.h"

namespace limbeck::nlp {
namespace fs = std::filesystem;
namespace {

constexpr const char* kModelFile = "model.safetensors";
constexpr const char* kOptimizerFile = "optimizer.safetensors";
constexpr const char* kStateFile = "trainer_state.json";
constexpr const char* kBestFile = "best.safetensors";
constexpr std::string_view kPrefix = "checkpoint-";

/// Hidden directories and temporary files that a killed process left.
void remove_unfinished(const fs::path& output) {
  std::error_code ignored;
  std::vector<fs::path> unfinished;
  for (const auto& entry : fs::directory_iterator(output, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".checkpoint-") || name.starts_with(std::string(kBestFile) + ".tmp-"))
      unfinished.push_back(entry.path());
  }
  for (const fs::path& path : unfinished) fs::remove_all(path, ignored);
}

/// Where a checkpoint is built or removed: beside it, under a name that nobody reads.
fs::path hidden_path(const fs::path& path, const char* ending) {
  std::string name = ".";
  name += path.filename().string();
  name += ending;
  return path.parent_path() / name;
}

/// Renamed first: a checkpoint under its own name is whole at any moment.
void remove_checkpoint(const fs::path& path) {
  std::error_code ignored;
  const fs::path hidden = hidden_path(path, ".old");
  fs::remove_all(hidden, ignored);
  fs::rename(path, hidden, ignored);
  fs::remove_all(hidden, ignored);
}

/// Values as JSON text under dotted names; a list is one value.
void add_leaves(const nlohmann::json& json, const std::string& name,
                std::map<std::string, std::string>& leaves) {
  if (!json.is_object()) {
    leaves[name] = json.dump();
    return;
  }
  for (const auto& [key, value] : json.items())
    add_leaves(value, name.empty() ? key : name + "." + key, leaves);
}

}  // namespace

void require_same_options(const fs::path& where, const nlohmann::json& stored,
                          const nlohmann::json& options) {
  std::map<std::string, std::string> before, now;
  add_leaves(stored, "", before);
  add_leaves(options, "", now);
  std::set<std::string> names;
  for (const auto* leaves : {&before, &now})
    for (const auto& [name, value] : *leaves) names.insert(name);
  const auto text = [](const std::map<std::string, std::string>& leaves, const std::string& name) {
    const auto found = leaves.find(name);
    return found == leaves.end() ? std::string("absent") : found->second;
  };
  for (const std::string& name : names) {
    const std::string old_value = text(before, name), new_value = text(now, name);
    if (old_value == new_value) continue;
    throw ConfigError(where.string() + ": was made with " + name + " " + old_value + ", now " +
                      new_value +
                      " (resume with the same options, or give --overwrite to start anew)");
  }
}

CheckpointStore::CheckpointStore(fs::path output, int64_t keep_last, nlohmann::ordered_json options,
                                 Notice notice)
    : output_(std::move(output)),
      keep_last_(keep_last),
      options_(std::move(options)),
      notice_(std::move(notice)) {
  remove_unfinished(output_);
}

fs::path CheckpointStore::path(int64_t step) const {
  return output_ / (std::string(kPrefix) + std::to_string(step));
}

std::vector<int64_t> CheckpointStore::steps() const {
  std::vector<int64_t> steps;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(output_, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    int64_t step = 0;
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data() + kPrefix.size(), end, step);
    if (parsed.ec == std::errc() && parsed.ptr == end) steps.push_back(step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

void CheckpointStore::save(const TrainerState& state, const std::vector<Parameter>& parameters,
                           const Optimizer& optimizer) {
  const fs::path target = path(state.step);
  const fs::path building = hidden_path(target, ".new");
  std::error_code code;
  fs::remove_all(building, code);
  fs::create_directories(building, code);
  if (code) throw DataError(target.string() + ": cannot create: " + code.message());
  try {
    save_parameters(building / kModelFile, parameters);
    optimizer.save(building / kOptimizerFile);
    nlohmann::ordered_json json = trainer_state_to_json(state);
    for (const char* file : {kModelFile, kOptimizerFile})
      json["sha256"][file] = sha256_hex_of_file(building / file);
    json["options"] = options_;
    write_json_file(building / kStateFile, json);
    replace_directory(building, target);
  } catch (...) {
    fs::remove_all(building, code);
    throw;
  }
  remove_old();
}

void CheckpointStore::remove_old() const {
  const std::vector<int64_t> all = steps();
  for (size_t i = 0; i + static_cast<size_t>(keep_last_) < all.size(); ++i)
    remove_checkpoint(path(all[i]));
}

nlohmann::json CheckpointStore::read_whole(int64_t step) const {
  const fs::path directory = path(step);
  nlohmann::json json = read_json_file(directory / kStateFile);
  for (const char* file : {kModelFile, kOptimizerFile}) {
    const auto pointer = nlohmann::json::json_pointer("/sha256/" + std::string(file));
    if (!json.contains(pointer) || json[pointer] != sha256_hex_of_file(directory / file))
      throw DataError((directory / file).string() + ": sha256 is not the one in " + kStateFile);
  }
  return json;
}

std::optional<TrainerState> CheckpointStore::load_latest(const std::vector<Parameter>& parameters,
                                                         Optimizer& optimizer) const {
  std::vector<int64_t> candidates = steps();
  std::reverse(candidates.begin(), candidates.end());
  for (const int64_t step : candidates) {
    nlohmann::json json;
    TrainerState state;
    try {
      json = read_whole(step);
      state = trainer_state_from_json(json, (path(step) / kStateFile).string());
    } catch (const DataError& error) {
      if (notice_) notice_(path(step).string() + ": damaged, skipped (" + error.what() + ")");
      continue;
    }
    require_same_options(path(step), json.value("options", nlohmann::json::object()), options_);
    load_parameters(path(step) / kModelFile, parameters);
    optimizer.load(path(step) / kOptimizerFile);
    return state;
  }
  return std::nullopt;
}

void CheckpointStore::save_best(const std::vector<Parameter>& parameters) const {
  save_parameters(output_ / kBestFile, parameters);
}

void CheckpointStore::load_best(const std::vector<Parameter>& parameters) const {
  load_parameters(output_ / kBestFile, parameters);
}

void remove_training_state(const fs::path& output) {
  for (const int64_t step : CheckpointStore(output, 0, {}, {}).steps())
    remove_checkpoint(output / (std::string(kPrefix) + std::to_string(step)));
  std::error_code ignored;
  fs::remove(output / kBestFile, ignored);
}

}  // namespace limbeck::nlp
