#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tools/limbeck/command.h"
#include "tools/limbeck/training_program.h"

namespace limbeck::tools {

int run_training_command(Command& command, const Invocation& invocation) {
  const std::filesystem::path program = training_program();
  if (program.empty())
    throw UnsupportedError(command.text().name +
                           ": needs LibTorch, which this limbeck was built without (build with "
                           "-DLIMBECK_WITH_TORCH=ON)");
  std::vector<char*> argv = {const_cast<char*>("limbeck")};
  for (const std::string& word : invocation.words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  // Two thread pools share the CPUs. LibTorch's spins for milliseconds while it has no work, which
  // takes a CPU from the other; asleep at once it costs more where work comes in small pieces
  // (certify: twice the time). A spin of a quarter of a millisecond serves both.
  if (std::getenv("OMP_WAIT_POLICY") == nullptr)
    ::setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
  ::execv(program.c_str(), argv.data());
  throw DataError(program.string() + ": cannot run: " + std::strerror(errno));
}

}  // namespace limbeck::tools
