#include <torch/version.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <limits>
#include <string_view>

#include "tools/limbeck/program.h"
#include "tools/limbeck/result_stream.h"

namespace {

/// Passes and updates allocate and free the same large tensors over and over. Left to itself, glibc
/// gives each back to the system, which clears its pages again for the next one. Larger ones than
/// 64 MiB grow from step to step in zonotopes: kept, they would leave holes too small for the next.
void keep_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 1 << 26);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TOP_PAD, 1 << 26);
#endif
}

}  // namespace

/// limbeck-train: started by limbeck with its own words; --libtorch-version is for doctor.
int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--libtorch-version") {
    limbeck::tools::print_result("LibTorch " TORCH_VERSION "\n");
    return 0;
  }
  keep_freed_memory();
  return limbeck::tools::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
