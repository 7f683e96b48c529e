#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/limbeck/options/option_table.h"
#include "tools/limbeck/options/shared_options.h"

namespace limbeck::tools {

/// A command line worth copying, and what it does.
struct CommandExample {
  std::string line, meaning;
};

/// What help and man page say of a command beside its options.
struct CommandText {
  std::string name;     ///< "embed"
  std::string summary;  ///< one line, no full stop
  std::string description;
  std::vector<CommandExample> examples;
};

/// The words after `limbeck`, as typed.
struct Invocation {
  std::vector<std::string> words;

  /// The line again, quoted for a POSIX shell.
  std::string line() const;
};

/// One subcommand: its texts, its options, and the work. Construction is cheap and loads nothing.
class Command {
 public:
  explicit Command(CommandText text);
  virtual ~Command() = default;
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  const CommandText& text() const { return text_; }
  const OptionTable& table() const { return table_; }
  OptionTable& table() { return table_; }
  const GeneralOptions& general() const { return general_; }
  GeneralOptions& general() { return general_; }

  /// True when results go to standard output as JSON, or not at all.
  bool is_json() const { return general_.format == "json"; }
  bool is_quiet() const { return general_.format == "quiet"; }

  /// Does the work with the options that were parsed; the result is the exit code of a run that
  /// came to its end. Throws: limbeck::Error and whatever the libraries throw.
  virtual int run(const Invocation& invocation) = 0;

 protected:
  /// To be called after the command has bound its own options, so that these come first.
  void bind_general();

 private:
  CommandText text_;
  OptionTable table_;
  GeneralOptions general_;
};

/// Commands that train need LibTorch, which takes too long to load for `--help`: they run in a
/// second program, limbeck-train, with the same words. This function is that seam: limbeck starts
/// the other program, limbeck-train does the work.
int run_training_command(Command& command, const Invocation& invocation);

}  // namespace limbeck::tools
