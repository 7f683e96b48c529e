#include "nlp/core/atomic_file.h"
#include "tools/limbeck/command_table.h"
#include "tools/limbeck/commands.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/page/man_page.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {
namespace {

struct ManOptions {
  std::string page = "limbeck";  ///< "limbeck" or the name of a command
  std::string write_all;         ///< directory for every page; empty: one page is printed

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("page", self.page, "limbeck, or the name of a command");
    visit("write_all", self.write_all,
          "write every page into this directory, as limbeck.1 and limbeck-NAME.1");
  }
};

class ManCommand final : public Command {
 public:
  ManCommand()
      : Command({"man",
                 "print a manual page as roff",
                 "Prints the manual page of limbeck or of one command as roff, as it is installed.",
                 {{"limbeck man embed | man -l -", "reads the page of `limbeck embed`"}}}) {
    table().bind(options_).positional("page", "PAGE").outside_config("page").directory("write_all");
    bind_general();
  }

  int run(const Invocation&) override {
    if (!options_.write_all.empty()) {
      write_all(options_.write_all);
      return kDone;
    }
    const std::string name =
        options_.page.starts_with("limbeck-") ? options_.page.substr(8) : options_.page;
    print_result(name == "limbeck" ? overview_man_page() : man_page(*make_command(name)));
    return kDone;
  }

 private:
  static void write_all(const std::filesystem::path& folder) {
    write_file_atomic(folder / "limbeck.1", overview_man_page());
    for (const auto& command : make_all_commands())
      write_file_atomic(folder / ("limbeck-" + command->text().name + ".1"), man_page(*command));
  }

  ManOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_man() { return std::make_unique<ManCommand>(); }

}  // namespace limbeck::tools
