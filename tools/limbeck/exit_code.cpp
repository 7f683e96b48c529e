#include "tools/limbeck/exit_code.h"

#include <cstdio>
#include <filesystem>
#include <new>
#include <string>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"
#include "tools/limbeck/error_dump.h"
#include "tools/limbeck/result_stream.h"

namespace limbeck::tools {
namespace {

/// The first line; control characters of a hostile file name or text do not reach the terminal.
std::string one_line(const std::string& message) {
  std::string line = message.substr(0, message.find('\n'));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return line;
}

int fail(const std::string& message, int code) {
  std::fprintf(stderr, "limbeck: %s\n", one_line(message).c_str());
  return code;
}

/// A system call that a signal cut short shows up as some other error.
int fail_unless_interrupted(const std::string& message, int code) {
  const int signal = interrupt_signal();
  return signal != 0 ? fail("interrupted; nothing half-written is left", 128 + signal)
                     : fail(message, code);
}

int fail_inside(const std::vector<std::string>& words, const std::string& message) {
  const std::string dump = write_error_dump(words, message);
  return fail(one_line(message) + (dump.empty() ? "" : "; details: " + dump), kInternalError);
}

/// Paths of the standard library's messages come last and in brackets.
std::string path_first(const std::filesystem::filesystem_error& error) {
  return error.path1().string() + ": " + error.code().message();
}

}  // namespace

int report_current_exception(const std::vector<std::string>& words) {
  try {
    throw;
  } catch (const ClosedPipe&) {
    return kDone;
  } catch (const Interrupted& error) {
    return fail(error.what(), 128 + error.signal());
  } catch (const ConfigError& error) {
    return fail(error.what(), kUsageError);
  } catch (const DataError& error) {
    return fail_unless_interrupted(error.what(), kDataError);
  } catch (const UnsupportedError& error) {
    return fail(error.what(), kDataError);
  } catch (const InconclusiveError& error) {
    return fail(error.what(), kInconclusive);
  } catch (const std::filesystem::filesystem_error& error) {
    return fail_unless_interrupted(path_first(error), kDataError);
  } catch (const std::bad_alloc&) {
    return fail_inside(words, "out of memory (give a smaller --batch-size, or free memory)");
  } catch (const std::exception& error) {
    if (interrupt_signal() != 0) return fail_unless_interrupted({}, kInternalError);
    return fail_inside(words, std::string("internal error: ") + error.what());
  } catch (...) {
    return fail_inside(words, "internal error of unknown type");
  }
}

}  // namespace limbeck::tools
