#include "tests/cli/stopped_run.h"

#include <cstdlib>

#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace fs = std::filesystem;
namespace {

constexpr int kMostAttempts = 20;
constexpr const char* kPrefix = "checkpoint-";

int64_t newest_step(const fs::path& output) {
  int64_t newest = -1;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(output, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kPrefix))
      newest = std::max<int64_t>(newest, std::atoll(name.c_str() + std::string(kPrefix).size()));
  }
  return newest;
}

}  // namespace

Outcome run_until_stopped(const fs::path& output, const std::function<Outcome()>& start,
                          const std::function<bool()>& is_too_late) {
  const TemporaryDirectory snapshots;
  const fs::path before = snapshots / "before";
  const bool was_there = fs::exists(output);
  if (was_there) fs::copy(output, before, fs::copy_options::recursive);
  for (int attempt = 1;; ++attempt) {
    const Outcome outcome = start();
    const bool is_late = outcome.exit_code == 0 || (is_too_late && is_too_late());
    if (!is_late || attempt == kMostAttempts) return outcome;
    fs::remove_all(output);
    if (was_there) fs::copy(before, output, fs::copy_options::recursive);
  }
}

std::function<bool()> has_checkpoint_from(const fs::path& output, int64_t step) {
  return [output, step] { return newest_step(output) >= step; };
}

std::string newest_checkpoint(const fs::path& output) {
  const int64_t step = newest_step(output);
  return step < 0 ? "" : kPrefix + std::to_string(step);
}

}  // namespace limbeck::test
