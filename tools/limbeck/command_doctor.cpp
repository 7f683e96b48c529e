#include <unistd.h>

#include "data/asset.h"
#include "data/asset/program.h"
#include "nlp/core/threads.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/cpu_features.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/icu_version.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/training_program.h"
#include "tools/limbeck/version.h"

namespace limbeck::tools {
namespace {

nlohmann::ordered_json libtorch_state() {
  const std::filesystem::path program = training_program();
  if (program.empty())
    return {{"ok", false},
            {"text",
             "absent: distill, finetune, certify, train-lm, debias and inspect --graph need it "
             "(build with -DLIMBECK_WITH_TORCH=ON)"}};
  const data::ProgramResult result = data::run_program({program.string(), "--libtorch-version"});
  const std::string line = result.output.substr(0, result.output.find('\n'));
  if (result.exit_code != 0)
    return {{"ok", false}, {"text", program.string() + " does not start: " + line}};
  return {{"ok", true}, {"version", line}, {"text", line + ", by " + program.string()}};
}

nlohmann::ordered_json asset_state(const data::Asset& asset, const std::filesystem::path& cache) {
  try {
    data::check_asset(asset, cache);
    return {{"ok", true}, {"text", data::asset_folder(asset, cache).string()}};
  } catch (const DataError& error) {
    return {{"ok", false}, {"text", error.what()}};
  }
}

nlohmann::ordered_json cache_state(const std::filesystem::path& cache) {
  std::filesystem::path existing = cache;
  while (!existing.empty() && !std::filesystem::exists(existing) && existing.has_relative_path())
    existing = existing.parent_path();
  std::error_code code;
  const auto space = std::filesystem::space(existing, code);
  const bool is_writable = ::access(existing.c_str(), W_OK) == 0;
  return {{"ok", is_writable && !code},
          {"path", cache.string()},
          {"free_bytes", code ? 0 : space.available},
          {"text", cache.string() + (is_writable ? "" : ": not writable (set LIMBECK_CACHE)") +
                       ", " + std::to_string((code ? 0 : space.available) >> 20) + " MiB free"}};
}

nlohmann::ordered_json examine() {
  nlohmann::ordered_json json;
  json["limbeck"] = {
      {"ok", true}, {"version", version()}, {"text", version() + " (" + build_description() + ")"}};
  const std::string features = cpu_features();
  json["cpu"] = {{"ok", true}, {"text", cpu_name() + ": " + features}, {"features", features}};
  json["threads"] = {{"ok", true},
                     {"count", thread_count()},
                     {"text", std::to_string(thread_count()) + " of " +
                                  std::to_string(available_cpus()) + " available"}};
  json["icu"] = {{"ok", true}, {"text", icu_version()}};
  json["libtorch"] = libtorch_state();
  const std::filesystem::path cache = data::cache_directory();
  json["cache"] = cache_state(cache);
  nlohmann::ordered_json states;
  for (const data::Asset& asset : data::assets()) states[asset.name] = asset_state(asset, cache);
  json["assets"] = std::move(states);
  return json;
}

class DoctorCommand final : public Command {
 public:
  DoctorCommand()
      : Command({"doctor",
                 "tell what works on this machine and what is missing",
                 "Examines the machine: versions, instruction sets, threads, LibTorch, the cache "
                 "and every asset in it (with its sha256). What is missing comes with the remedy.",
                 {{"limbeck doctor --format json", "for a bug report"}}}) {
    bind_general();
  }

  int run(const Invocation&) override {
    const nlohmann::ordered_json json = examine();
    if (is_json()) print_result(json.dump(2) + "\n");
    if (is_json() || is_quiet()) return kDone;
    ResultStream out;
    for (const auto& [name, part] : json.items()) {
      if (name != "assets") out.write(line(name, part));
    }
    for (const auto& [name, part] : json["assets"].items()) out.write(line("asset " + name, part));
    out.flush();
    return kDone;
  }

 private:
  std::string line(const std::string& name, const nlohmann::ordered_json& part) const {
    const bool is_ok = part["ok"].get<bool>();
    const bool is_colored = !general().no_color && ::getenv("NO_COLOR") == nullptr &&
                            general().format == "auto" && ::isatty(STDOUT_FILENO) != 0;
    std::string mark = is_ok ? "ok     " : "missing";
    if (is_colored) mark = (is_ok ? "\x1b[32m" : "\x1b[33m") + mark + "\x1b[0m";
    return mark + "  " + name + std::string(name.size() < 24 ? 24 - name.size() : 1, ' ') +
           part["text"].get<std::string>() + "\n";
  }
};

}  // namespace

std::unique_ptr<Command> make_doctor() { return std::make_unique<DoctorCommand>(); }

}  // namespace limbeck::tools
