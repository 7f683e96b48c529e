#include "tools/limbeck/page/man_page.h"

#include "tools/limbeck/command_table.h"
#include "tools/limbeck/exit_code.h"
#include "tools/limbeck/page/help_text.h"
#include "tools/limbeck/version.h"

namespace limbeck::tools {
namespace {

std::string header(const std::string& title, const std::string& summary) {
  std::string upper = title;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return ".TH " + roff_text(upper) + " 1 \"\" \"limbeck " + version() + "\" \"User Commands\"\n" +
         ".SH NAME\n" + roff_text(title) + " \\- " + roff_text(summary) + "\n";
}

std::string entry(const std::string& heading, const std::string& text) {
  return ".TP\n.B " + roff_text(heading) + "\n" + roff_text(text) + "\n";
}

std::string option_entries(const Command& command, bool is_positional) {
  std::string entries;
  for (const Option& option : command.table().options())
    if (option.is_positional == is_positional)
      entries += entry(option_heading(option), option_description(option));
  return entries;
}

std::string exit_status() {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitCodeMeaning& row : kExitCodes) text += entry(row.code, row.meaning);
  return text;
}

std::string files_and_environment() {
  return ".SH ENVIRONMENT\n" +
         entry("LIMBECK_CACHE",
               "where assets and teacher vectors are kept; default: "
               "$XDG_CACHE_HOME/limbeck, else ~/.cache/limbeck") +
         entry("NO_COLOR", "no colours, whatever its value");
}

}  // namespace

std::string roff_text(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const bool at_start = result.empty() || result.back() == '\n';
    if (at_start && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if (c == '\'') {
      result += "\\(aq";
    } else if (c == '`') {
      result += "\\(ga";
    } else if (c == '^') {
      result += "\\(ha";
    } else if (c == '~') {
      result += "\\(ti";
    } else if (c == '"') {
      result += "\\(dq";
    } else {
      result += c;
    }
  }
  return result;
}

std::string overview_man_page() {
  std::string page = header("limbeck", "distil, audit and certify language models") +
                     ".SH SYNOPSIS\n.B limbeck\n.I COMMAND\n[\\fIOPTIONS\\fR]\n.SH COMMANDS\n";
  for (const auto& command : make_all_commands())
    page += entry("limbeck-" + command->text().name + "(1)", command->text().summary);
  return page + exit_status() + files_and_environment();
}

std::string man_page(const Command& command) {
  const CommandText& text = command.text();
  std::string page = header("limbeck-" + text.name, text.summary) + ".SH SYNOPSIS\n.B " +
                     roff_text(usage_line(command)) + "\n.SH DESCRIPTION\n" +
                     roff_text(text.description) + "\n";
  if (const std::string arguments = option_entries(command, true); !arguments.empty())
    page += ".SH ARGUMENTS\n" + arguments;
  page += ".SH OPTIONS\n" + option_entries(command, false);
  if (!text.examples.empty()) page += ".SH EXAMPLES\n";
  for (const CommandExample& example : text.examples)
    page += ".TP\n.B " + roff_text(example.line) + "\n" + roff_text(example.meaning) + "\n";
  return page + exit_status() + files_and_environment() + ".SH SEE ALSO\n.BR limbeck (1)\n";
}

}  // namespace limbeck::tools
