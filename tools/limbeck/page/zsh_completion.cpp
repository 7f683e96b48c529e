#include "tools/limbeck/command_table.h"
#include "tools/limbeck/page/completion.h"
#include "tools/limbeck/page/help_text.h"

namespace limbeck::tools {
namespace {

/// Text inside a single-quoted _arguments specification.
std::string zsh_text(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') result += '\\';
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return result;
}

std::string action(const Option& option) {
  if (!option.choices.empty()) {
    std::string words;
    for (const std::string& word : option.choices) words += (words.empty() ? "" : " ") + word;
    return "(" + words + ")";
  }
  if (option.kind == ValueKind::kFile) return "_files";
  return option.kind == ValueKind::kDirectory ? "_files -/" : " ";
}

std::string specification(const Option& option) {
  const std::string value = ":" + option.value_name + ":" + action(option);
  if (option.is_positional) return std::string("'") + (option.is_list ? "*" : "") + value + "'";
  const std::string help = "[" + zsh_text(option.help) + "]";
  if (option.is_on_by_default)
    return "'" + option.flag + help + "' '--no-" + option.flag.substr(2) + help + "'";
  if (option.is_flag()) return "'" + option.flag + help + "'";
  return std::string("'") + (option.is_list ? "*" : "") + option.flag + "=" + help + value + "'";
}

}  // namespace

std::string zsh_completion() {
  std::string text =
      "#compdef limbeck\n# zsh completion of limbeck; made by: limbeck completion zsh\n"
      "_limbeck() {\n  local -a commands=(\n";
  const auto commands = make_all_commands();
  for (const auto& command : commands)
    text += "    '" + command->text().name + ":" + zsh_text(command->text().summary) + "'\n";
  text +=
      "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  local name=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $name in\n";
  for (const auto& command : commands) {
    text += "    " + command->text().name + ")\n      _arguments";
    for (const Option& option : command->table().options())
      text += " \\\n        " + specification(option);
    text += "\n      ;;\n";
  }
  return text + "  esac\n}\n_limbeck \"$@\"\n";
}

}  // namespace limbeck::tools
