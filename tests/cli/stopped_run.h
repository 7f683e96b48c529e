#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "tests/cli/spawn.h"

namespace limbeck::test {

/// Starts a run that writes into `output` and is to be stopped on its way. One that ended before
/// its signal came, or was past the point where `is_too_late` holds (the test lost its CPU at the
/// wrong moment), is set back and tried again.
Outcome run_until_stopped(const std::filesystem::path& output,
                          const std::function<Outcome()>& start,
                          const std::function<bool()>& is_too_late = {});

/// Holds when there is a checkpoint of `step` or later.
std::function<bool()> has_checkpoint_from(const std::filesystem::path& output, int64_t step);

/// The name of the newest checkpoint; empty when there is none.
std::string newest_checkpoint(const std::filesystem::path& output);

}  // namespace limbeck::test
