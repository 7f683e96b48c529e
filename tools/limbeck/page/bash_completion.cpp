#include "tools/limbeck/command_table.h"
#include "tools/limbeck/page/completion.h"

namespace limbeck::tools {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> flags_of(const Command& command) {
  std::vector<std::string> flags;
  for (const Option& option : command.table().options()) {
    if (option.is_positional) continue;
    flags.push_back(option.flag);
    if (option.is_on_by_default) flags.push_back("--no-" + option.flag.substr(2));
  }
  return flags;
}

/// What COMPREPLY becomes for the value of an option.
std::string value_reply(const Option& option) {
  if (!option.choices.empty())
    return "COMPREPLY=($(compgen -W \"" + joined(option.choices) + "\" -- \"$word\"))";
  if (option.kind == ValueKind::kFile)
    return "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$word\")";
  if (option.kind == ValueKind::kDirectory)
    return "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$word\")";
  return "COMPREPLY=()";
}

std::string command_case(const Command& command) {
  std::string text = "    " + command.text().name + ")\n      flags=\"" +
                     joined(flags_of(command)) + "\"\n      case \"$previous\" in\n";
  std::string positional;
  for (const Option& option : command.table().options()) {
    if (option.is_positional) {
      if (positional.empty()) positional = value_reply(option);
    } else if (!option.is_flag()) {
      text += "        " + option.flag + ") " + value_reply(option) + "; return ;;\n";
    }
  }
  text += "      esac\n";
  if (!positional.empty())
    text += "      if [[ $word != -* ]]; then " + positional + "; return; fi\n";
  return text + "      ;;\n";
}

}  // namespace

std::string bash_completion() {
  std::string text =
      "# bash completion of limbeck; made by: limbeck completion bash\n"
      "_limbeck() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} flags=\"\"\n"
      "  COMPREPLY=()\n"
      "  if [[ $COMP_CWORD -eq 1 ]]; then\n"
      "    COMPREPLY=($(compgen -W \"" +
      joined(command_names()) +
      " --help --version\" -- \"$word\"))\n"
      "    return\n"
      "  fi\n"
      "  case \"${COMP_WORDS[1]}\" in\n";
  for (const auto& command : make_all_commands()) text += command_case(*command);
  return text +
         "  esac\n"
         "  COMPREPLY=($(compgen -W \"$flags\" -- \"$word\"))\n"
         "}\n"
         "complete -F _limbeck limbeck\n";
}

}  // namespace limbeck::tools
