#include "tools/limbeck/page/help_text.h"

#include <sstream>

#include "tools/limbeck/command_table.h"
#include "tools/limbeck/exit_code.h"

namespace limbeck::tools {
namespace {

constexpr size_t kColumns = 100;
constexpr size_t kIndent = 30;

/// Words of `text` in lines that start at column `indent`; the first line has `used` columns taken.
std::string wrapped(const std::string& text, size_t indent, size_t used) {
  std::istringstream words(text);
  std::string result, word;
  size_t column = used;
  while (words >> word) {
    if (column > indent && column + 1 + word.size() > kColumns) {
      result += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += " ";
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

std::string two_columns(const std::string& left, const std::string& right) {
  std::string line = "  " + left;
  if (line.size() + 2 > kIndent) {
    line += "\n" + std::string(kIndent, ' ');
  } else {
    line += std::string(kIndent - line.size(), ' ');
  }
  return line + wrapped(right, kIndent, kIndent) + "\n";
}

std::string option_lines(const Command& command, bool is_positional) {
  std::string lines;
  for (const Option& option : command.table().options())
    if (option.is_positional == is_positional)
      lines += two_columns(option_heading(option), option_description(option));
  return lines;
}

std::string joined(const std::vector<std::string>& words, const char* separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

}  // namespace

std::string option_heading(const Option& option) {
  if (option.is_positional) return option.value_name + (option.is_list ? "..." : "");
  if (option.name == "help") return "-h, --help";
  if (option.is_on_by_default) return option.flag + ", --no-" + option.flag.substr(2);
  if (option.is_flag()) return option.flag;
  return option.flag + " " + option.value_name + (option.is_list ? "..." : "");
}

std::string option_description(const Option& option) {
  std::string text = option.help;
  bool names_all = true;
  for (const std::string& word : option.choices) names_all &= text.find(word) != std::string::npos;
  if (!names_all) text += ": " + joined(option.choices, ", ");
  if (option.is_on_by_default) return text + " (default: yes)";
  return option.default_text.empty() ? text : text + " (default: " + option.default_text + ")";
}

std::string usage_line(const Command& command) {
  std::string line = "limbeck " + command.text().name + " [OPTIONS]";
  for (const Option& option : command.table().options())
    if (option.is_positional) line += " [" + option_heading(option) + "]";
  return line;
}

std::string overview_text() {
  std::string text =
      "Distils language models, audits them and certifies them.\n\n"
      "Usage: limbeck COMMAND [OPTIONS]\n\nCommands:\n";
  for (const auto& command : make_all_commands())
    text += two_columns(command->text().name, command->text().summary);
  return text +
         "\nlimbeck COMMAND --help tells the options of a command; limbeck --version the "
         "version.\n";
}

std::string help_text(const Command& command) {
  std::string text =
      wrapped(command.text().description, 0, 0) + "\n\nUsage: " + usage_line(command) + "\n";
  if (const std::string arguments = option_lines(command, true); !arguments.empty())
    text += "\nArguments:\n" + arguments;
  text += "\nOptions:\n" + option_lines(command, false);
  if (!command.text().examples.empty()) text += "\nExamples:\n";
  for (const CommandExample& example : command.text().examples)
    text += "  " + example.line + "\n      " + example.meaning + "\n";
  text += "\nExit status:\n";
  for (const ExitCodeMeaning& row : kExitCodes) text += two_columns(row.code, row.meaning);
  return text;
}

}  // namespace limbeck::tools
