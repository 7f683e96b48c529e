#include "tools/limbeck/command_table.h"
#include "tools/limbeck/page/completion.h"

namespace limbeck::tools {
namespace {

std::string fish_quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\\' || c == '\'') result += '\\';
    result += c;
  }
  return result + "'";
}

/// Arguments of `complete` for what may stand as the value.
std::string value_arguments(const Option& option) {
  if (!option.choices.empty()) {
    std::string words;
    for (const std::string& word : option.choices) words += (words.empty() ? "" : " ") + word;
    return " -x -a " + fish_quoted(words);
  }
  if (option.kind == ValueKind::kFile) return " -r -F";
  if (option.kind == ValueKind::kDirectory) return " -x -a '(__fish_complete_directories)'";
  return " -x";
}

std::string lines_of(const Command& command, const Option& option) {
  const std::string start =
      "complete -c limbeck -n '__fish_seen_subcommand_from " + command.text().name + "'";
  if (option.is_positional)
    return option.choices.empty() ? start + " -F\n" : start + value_arguments(option) + "\n";
  const std::string help = " -d " + fish_quoted(option.help) + "\n";
  if (!option.is_flag())
    return start + " -l " + option.flag.substr(2) + value_arguments(option) + help;
  std::string lines = start + " -f -l " + option.flag.substr(2) + help;
  if (option.is_on_by_default) lines += start + " -f -l no-" + option.flag.substr(2) + help;
  return lines;
}

}  // namespace

std::string fish_completion() {
  std::string text =
      "# fish completion of limbeck; made by: limbeck completion fish\n"
      "complete -c limbeck -f -n __fish_use_subcommand -l help -d 'every command'\n"
      "complete -c limbeck -f -n __fish_use_subcommand -l version -d 'the version'\n";
  for (const auto& command : make_all_commands()) {
    text += "complete -c limbeck -f -n __fish_use_subcommand -a " + command->text().name + " -d " +
            fish_quoted(command->text().summary) + "\n";
    for (const Option& option : command->table().options()) text += lines_of(*command, option);
  }
  return text;
}

}  // namespace limbeck::tools
