#include "tools/limbeck/program.h"

#include <csignal>

#include "nlp/core/interrupt.h"
#include "nlp/core/threads.h"
#include "tools/limbeck/command_table.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/options/parse_command_line.h"
#include "tools/limbeck/page/help_text.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/version.h"

namespace limbeck::tools {
namespace {

int run_command(const Invocation& invocation) {
  const std::unique_ptr<Command> command = make_command(invocation.words.front());
  const std::vector<std::string> rest(invocation.words.begin() + 1, invocation.words.end());
  parse_command_line(command->table(), command->general(), rest);
  const GeneralOptions& general = command->general();
  if (general.help) {
    print_result(help_text(*command));
    return kDone;
  }
  if (general.print_config) {
    print_result(command->table().to_json().dump(2) + "\n");
    return kDone;
  }
  if (general.threads != 0) {
    if (general.threads < 0 || general.threads > 1024)
      throw ConfigError("--threads: expected 0 to 1024, got " + std::to_string(general.threads));
    set_thread_count(static_cast<int>(general.threads));
  }
  if (general.device != "cpu")
    throw UnsupportedError("--device: " + invocation.words.front() +
                           " runs on the CPU only (give --device cpu)");
  return command->run(invocation);
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) throw ConfigError("expected a command (see limbeck --help)");
  const std::string& first = words.front();
  if (first == "--help" || first == "-h" || first == "help") {
    if (first == "help" && words.size() > 1) return run_command({{words[1], "--help"}});
    print_result(overview_text());
    return kDone;
  }
  if (first == "--version") {
    print_result("limbeck " + version() + "\n");
    return kDone;
  }
  if (first.starts_with("-"))
    throw ConfigError("unknown option '" + first + "'" +
                      suggestion(first, {"--help", "--version"}) +
                      "; options of a command stand after its name");
  return run_command({words});
}

}  // namespace

int run_program(const std::vector<std::string>& words) {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit of files fails then, and says so
  install_interrupt_handler();
  try {
    return dispatch(words);
  } catch (...) {
    return report_current_exception(words);
  }
}

}  // namespace limbeck::tools
