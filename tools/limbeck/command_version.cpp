#include <nlohmann/json.hpp>

#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/version.h"

namespace limbeck::tools {
namespace {

class VersionCommand final : public Command {
 public:
  VersionCommand()
      : Command({"version", "print the version", "Prints the version and how it was built.", {}}) {
    bind_general();
  }

  int run(const Invocation&) override {
    if (is_quiet()) return kDone;
    const nlohmann::ordered_json json = {{"version", version()}, {"build", build_description()}};
    print_result(is_json() ? json.dump() + "\n"
                           : "limbeck " + version() + " (" + build_description() + ")\n");
    return kDone;
  }
};

}  // namespace

std::unique_ptr<Command> make_version() { return std::make_unique<VersionCommand>(); }

}  // namespace limbeck::tools
