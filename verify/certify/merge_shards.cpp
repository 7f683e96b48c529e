#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"
#include "verify/certify/certify_report.h"
#include "verify/certify/certify_sentences.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const std::string& message) { throw DataError("--merge: " + message); }

/// What one shard says of itself.
struct ShardRun {
  std::string folder;
  nlohmann::json options = nlohmann::json::object();  // of CertifyOptions
  std::vector<std::string> inputs;                    // hashes, in order
};

/// The options that decide what an item's line is; the others may differ.
nlohmann::json deciding_options(const nlohmann::json& recorded) {
  nlohmann::json options = nlohmann::json::object();
  for (const std::string& name : field_names<CertifyOptions>())
    if (name != "output" && name != "merge" && name != "min_certified" && recorded.contains(name))
      options[name] = recorded[name];
  return options;
}

ShardRun read_shard(const std::string& folder) {
  const fs::path file = fs::path(folder) / "run.json";
  const nlohmann::json json = read_json_file(file);
  ShardRun shard;
  shard.folder = folder;
  try {
    if (json.at("ended").is_null())
      refuse(folder + " is not finished (continue its run with --resume)");
    shard.options = deciding_options(json.at("options"));
    for (const nlohmann::json& input : json.at("inputs"))
      shard.inputs.push_back(input.at("sha256").get<std::string>());
  } catch (const nlohmann::json::exception&) {
    throw DataError(file.string() + ": not the record of a run of limbeck certify");
  }
  return shard;
}

std::string shard_text(const ShardRun& run) { return run.options.value("shard", ""); }

void require_same_run(const ShardRun& first, const ShardRun& other) {
  for (const auto& [name, value] : first.options.items()) {
    const nlohmann::json theirs = other.options.value(name, nlohmann::json());
    // Paths may be written differently: their contents are compared.
    const bool is_path =
        name == "model" || name == "vocabulary" || name == "data" || name == "synonyms";
    if (name == "shard" || is_path || value == theirs) continue;
    refuse("expected shards of the same options, got '" + name + "' " + value.dump() + " in " +
           first.folder + " and " + theirs.dump() + " in " + other.folder);
  }
  if (first.inputs != other.inputs)
    refuse("expected shards of the same model and data, got others in " + other.folder +
           " than in " + first.folder);
}

/// Every part of one division once.
void require_whole(const std::vector<ShardRun>& runs) {
  const int64_t count = parse_shard(shard_text(runs[0])).count;
  std::map<int64_t, std::string> seen;
  for (const ShardRun& run : runs) {
    const Shard shard = parse_shard(shard_text(run));
    if (shard.count != count)
      refuse("expected shards of one division, got " + shard_text(runs[0]) + " in " +
             runs[0].folder + " and " + shard_text(run) + " in " + run.folder);
    const auto [found, is_new] = seen.try_emplace(shard.index, run.folder);
    if (!is_new)
      refuse("shard " + shard_text(run) + " is in both " + found->second + " and " + run.folder);
  }
  for (int64_t i = 0; i < count; ++i)
    if (!seen.contains(i))
      refuse("shard " + std::to_string(i) + "/" + std::to_string(count) + " is missing");
}

/// The lines of a shard under their numbers, as bytes.
void read_items(const ShardRun& run, std::map<int64_t, std::string>& items) {
  const fs::path file = fs::path(run.folder) / "items.jsonl";
  std::istringstream stream(read_file(file));
  for (std::string line; std::getline(stream, line);) {
    const nlohmann::json json = parse_json(line, file.string());
    const Shard shard = parse_shard(shard_text(run));
    const int64_t index = json.value("index", int64_t{-1});
    if (index < 0 || index % shard.count != shard.index || !items.try_emplace(index, line).second)
      throw DataError(file.string() + ": item " + std::to_string(index) +
                      " does not belong to shard " + shard_text(run));
  }
}

std::string joined(const std::map<int64_t, std::string>& items) {
  std::string text;
  int64_t next = 0;
  for (const auto& [index, line] : items) {
    if (index != next) refuse("item " + std::to_string(next) + " is missing");
    text += line + "\n";
    ++next;
  }
  return text;
}

/// The certificates of a shard, and what they share: equal in all, as they are named by their hash.
void copy_certificates(const fs::path& shard, const fs::path& output) {
  const fs::path from = shard / "certificates", to = output / "certificates";
  if (!fs::is_directory(from)) return;
  fs::create_directories(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    if (fs::exists(target) && read_file(target) != read_file(entry.path()))
      refuse(entry.path().string() + " is another file in another shard");
    if (!fs::exists(target)) write_file_atomic(target, read_file(entry.path()));
  }
}

}  // namespace

void require_same_options(const nlohmann::json& recorded, const CertifyOptions& options) {
  const nlohmann::json first = deciding_options(recorded),
                       now = deciding_options(options_to_json(options));
  for (const auto& [name, value] : first.items()) {
    const bool is_path =
        name == "model" || name == "vocabulary" || name == "data" || name == "synonyms";
    if (is_path || name == "limit" || now[name] == value) continue;
    throw ConfigError("--resume: expected the options that the run began with, '" + name + "' " +
                      value.dump() + ", got " + now[name].dump() + " (give another --output)");
  }
}

CertifySummary merge_shards(const CertifyOptions& options, const CertifyContext& context) {
  options.validate();
  std::vector<ShardRun> runs;
  for (const std::string& folder : options.merge) runs.push_back(read_shard(folder));
  for (const ShardRun& run : runs) require_same_run(runs[0], run);
  require_whole(runs);
  std::map<int64_t, std::string> items;
  for (const ShardRun& run : runs) read_items(run, items);
  const std::string text = joined(items);
  CertifyOptions whole;
  options_from_json(whole, runs[0].options, runs[0].folder + "/run.json");
  whole.shard.clear();
  whole.output = options.output;
  whole.min_certified = options.min_certified;
  OutputDirectory output(options.output, context.existing);
  if (context.on_start) context.on_start(output.path());
  for (const ShardRun& run : runs) copy_certificates(run.folder, output.path());
  write_file_atomic(output.path() / "items.jsonl", text);
  std::vector<nlohmann::json> lines;
  for (const auto& [index, line] : items) lines.push_back(nlohmann::json::parse(line));
  write_certify_report(output.path(), whole, lines, context.command);
  return summarize(lines);
}

}  // namespace limbeck::verify
