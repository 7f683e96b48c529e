#include "tools/limbeck/error_dump.h"

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tools/limbeck/command_table.h"
#include "tools/limbeck/options/parse_command_line.h"
#include "tools/limbeck/version.h"

namespace limbeck::tools {
namespace {

/// The options of the command again, from its words: the command itself is gone by now.
nlohmann::ordered_json options_of(const std::vector<std::string>& words) {
  try {
    const std::unique_ptr<Command> command = make_command(words.at(0));
    parse_command_line(command->table(), command->general(), {words.begin() + 1, words.end()});
    return command->table().to_json();
  } catch (const std::exception&) {
    return nullptr;
  }
}

std::string write_new_file(const std::string& text) {
  constexpr const char kEnding[] = ".json";
  std::string name =
      (std::filesystem::temp_directory_path() / "limbeck-error-XXXXXX").string() + kEnding;
  const int file = ::mkstemps(name.data(), sizeof kEnding - 1);
  if (file < 0) return {};
  const ssize_t written = ::write(file, text.data(), text.size());
  ::close(file);
  if (written == static_cast<ssize_t>(text.size())) return name;
  ::unlink(name.c_str());
  return {};
}

}  // namespace

std::string write_error_dump(const std::vector<std::string>& words,
                             const std::string& message) noexcept {
  try {
    const nlohmann::ordered_json json = {{"command_line", Invocation{words}.line()},
                                         {"message", message},
                                         {"version", version()},
                                         {"build", build_description()},
                                         {"options", options_of(words)}};
    return write_new_file(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
                          "\n");
  } catch (...) {
    return {};
  }
}

}  // namespace limbeck::tools
