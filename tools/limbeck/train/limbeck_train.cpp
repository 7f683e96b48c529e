#include <torch/version.h>

#include <string_view>

#include "nlp/core/allocator.h"
#include "tools/limbeck/program.h"
#include "tools/limbeck/result_stream.h"

/// limbeck-train: started by limbeck with its own words; --libtorch-version is for doctor.
int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--libtorch-version") {
    limbeck::tools::print_result("LibTorch " TORCH_VERSION "\n");
    return 0;
  }
  limbeck::keep_freed_memory();
  return limbeck::tools::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
