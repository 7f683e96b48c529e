#pragma once

#include <cstdint>
#include <string>

/// Options that several commands share; a command binds those that it heeds.
namespace limbeck::tools {

/// Options of every command.
struct GeneralOptions {
  std::string config;             ///< JSON file with option values; the command line has precedence
  bool print_config = false;      ///< print all values as JSON and stop
  int64_t threads = 0;            ///< 1 to 1024; 0 = every CPU that the process may use
  std::string device = "cpu";     ///< cpu | cuda: where the arithmetic runs
  std::string format = "auto";    ///< auto | human | json | quiet
  std::string progress = "auto";  ///< auto | always | never
  bool no_color = false;          ///< also by the environment variable NO_COLOR
  bool help = false;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("config", self.config, "JSON file with option values; the command line goes first");
    visit("print_config", self.print_config, "print the values of all options as JSON and stop");
    visit("threads", self.threads, "threads; 0: every CPU that the process may use");
    visit("device", self.device, "where the arithmetic runs: cpu (cuda is refused as yet)");
    visit(
        "format", self.format,
        "what stands on standard output: auto (colours on a terminal only), human, json or quiet");
    visit("progress", self.progress,
          "auto: a bar on a terminal, else a line every 10 seconds; always; never");
    visit("no_color", self.no_color, "no colours, as with the environment variable NO_COLOR");
    visit("help", self.help, "print this text and stop");
  }
};

/// What happens to an output directory that is not empty.
struct OutputDirectoryOptions {
  std::string output;  ///< empty is an error
  bool overwrite = false;
  bool resume = false;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("output", self.output, "directory to write");
    visit("overwrite", self.overwrite, "replace what the output directory holds");
    visit("resume", self.resume, "continue the run of the output directory, bit for bit");
  }
};

}  // namespace limbeck::tools
