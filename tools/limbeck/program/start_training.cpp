#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string_view>

#include "data/asset/program.h"
#include "nlp/core/interrupt.h"
#include "tools/limbeck/command.h"
#include "tools/limbeck/training_program.h"

namespace limbeck::tools {
namespace {

/// What the dynamic loader cannot load of a program, empty when it can load all. Nothing of the
/// program runs.
std::string missing_library(const std::filesystem::path& program) {
  ::setenv("LD_TRACE_LOADED_OBJECTS", "1", /*overwrite=*/1);
  const data::ProgramResult result = data::run_program({program.string()});
  ::unsetenv("LD_TRACE_LOADED_OBJECTS");
  constexpr std::string_view kError = "error while loading shared libraries: ";
  std::istringstream lines(result.output);
  for (std::string line; std::getline(lines, line);) {
    if (const size_t error = line.find(kError); error != std::string::npos)
      return line.substr(error + kError.size());
    if (const size_t arrow = line.find(" => not found"); arrow != std::string::npos)
      return line.substr(line.find_first_not_of(" \t"), arrow - line.find_first_not_of(" \t")) +
             ": not found, or not readable";
  }
  return {};
}

}  // namespace

int run_training_command(Command& command, const Invocation& invocation) {
  const std::filesystem::path program = training_program();
  if (program.empty())
    throw UnsupportedError(command.text().name +
                           ": needs LibTorch, which this limbeck was built without (build with "
                           "-DLIMBECK_WITH_TORCH=ON)");
  if (const std::string missing = missing_library(program); !missing.empty())
    throw UnsupportedError(command.text().name + ": cannot load LibTorch: " + missing +
                           " (give LibTorch's lib folder in LD_LIBRARY_PATH, or build again after "
                           "tools/bootstrap; see limbeck doctor)");
  std::vector<char*> argv = {const_cast<char*>("limbeck")};
  for (const std::string& word : invocation.words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  // Two thread pools share the CPUs. LibTorch's spins for milliseconds while it has no work, which
  // takes a CPU from the other; asleep at once it costs more where work comes in small pieces
  // (certify: twice the time). A spin of a quarter of a millisecond serves both.
  if (std::getenv("OMP_WAIT_POLICY") == nullptr)
    ::setenv("GOMP_SPINCOUNT", "10000", /*overwrite=*/0);
  stop_if_interrupted();  // the other program would not hear of it
  ::execv(program.c_str(), argv.data());
  throw DataError(program.string() + ": cannot run: " + std::strerror(errno));
}

}  // namespace limbeck::tools
