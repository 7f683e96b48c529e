#include "tools/limbeck/command.h"

namespace limbeck::tools {
namespace {

constexpr const char* kPlainCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:@+%";

std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_not_of(kPlainCharacters) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

}  // namespace

std::string Invocation::line() const {
  std::string line = "limbeck";
  for (const std::string& word : words) line += " " + quoted(word);
  return line;
}

Command::Command(CommandText text) : text_(std::move(text)) {}

void Command::bind_general() {
  table_.bind(general_)
      .file("config")
      .choices("device", {"cpu", "cuda"})
      .choices("format", {"auto", "human", "json", "quiet"})
      .choices("progress", {"auto", "always", "never"})
      .outside_config("config")
      .outside_config("print_config")
      .outside_config("help");
}

}  // namespace limbeck::tools
