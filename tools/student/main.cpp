#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/core/threads.h"
#include "tools/student/answer_lines.h"
#include "tools/student/arguments.h"

namespace limbeck::tools {
namespace {

void run(const std::vector<std::string>& words) {
  const StudentArguments arguments = parse_arguments(words);
  if (arguments.action == StudentArguments::Action::kHelp) {
    std::fputs(help_text().c_str(), stdout);
    return;
  }
  if (arguments.action == StudentArguments::Action::kVersion) {
    std::puts("limbeck-student " LIMBECK_VERSION);
    return;
  }
  if (arguments.threads > 0) set_thread_count(arguments.threads);
  if (arguments.input == "-") return answer_lines(arguments, std::cin, "standard input", stdout);
  std::ifstream file(arguments.input, std::ios::binary);
  if (!file) throw DataError(arguments.input + ": cannot open: " + std::strerror(errno));
  if (std::filesystem::is_directory(arguments.input))
    throw DataError(arguments.input + ": expected a file, got a directory");
  answer_lines(arguments, file, arguments.input, stdout);
}

/// One line, whatever stands in a file name.
int fail(const std::exception& error, int code) {
  std::string message = error.what();
  for (char& c : message)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  std::fprintf(stderr, "limbeck-student: %s\n", message.c_str());
  return code;
}

int exit_code_of(const std::vector<std::string>& words) {
  try {
    run(words);
    return 0;
  } catch (const ConfigError& error) {
    return fail(error, 2);
  } catch (const DataError& error) {
    return fail(error, 3);
  } catch (const UnsupportedError& error) {
    return fail(error, 3);
  } catch (const std::exception& error) {
    return fail(error, 5);
  }
}

}  // namespace
}  // namespace limbeck::tools

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  return limbeck::tools::exit_code_of(std::vector<std::string>(argv + 1, argv + argc));
}
