#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/page/completion.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {
namespace {

struct CompletionOptions {
  std::string shell = "bash";  ///< bash | zsh | fish

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("shell", self.shell, "bash, zsh or fish");
  }
};

class CompletionCommand final : public Command {
 public:
  CompletionCommand()
      : Command({"completion",
                 "print a completion script for a shell",
                 "Prints a script that completes commands, options and their values in a shell.",
                 {{"source <(limbeck completion bash)", "completes in this bash"}}}) {
    table()
        .bind(options_)
        .choices("shell", {"bash", "zsh", "fish"})
        .positional("shell", "SHELL")
        .outside_config("shell");
    bind_general();
  }

  int run(const Invocation&) override {
    print_result(options_.shell == "bash"  ? bash_completion()
                 : options_.shell == "zsh" ? zsh_completion()
                                           : fish_completion());
    return kDone;
  }

 private:
  CompletionOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_completion() { return std::make_unique<CompletionCommand>(); }

}  // namespace limbeck::tools
