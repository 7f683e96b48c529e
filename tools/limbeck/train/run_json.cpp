#include "tools/limbeck/train/run_json.h"

#include <torch/version.h>

namespace limbeck::tools {

RunJson::RunJson(const Command& command, const Invocation& invocation, uint64_t seed,
                 std::vector<std::filesystem::path> inputs)
    : RunJournal(command, invocation, seed, std::move(inputs), {{"LibTorch", TORCH_VERSION}}) {}

}  // namespace limbeck::tools
