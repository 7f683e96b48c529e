#pragma once

#include <sys/types.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace limbeck::test {

/// How a program is started.
struct SpawnOptions {
  std::string input = {};                               ///< standard input
  std::map<std::string, std::string> environment = {};  ///< added to that of the test
  std::string output_file = {};    ///< standard output goes there; empty: it is captured
  bool has_closed_output = false;  ///< standard output is a pipe that nobody reads
  int64_t largest_file = 0;        ///< bytes that a file may have (RLIMIT_FSIZE); 0 = no limit
  bool keeps_input_open = false;   ///< standard input has no end while the program runs
  std::function<bool()> stop_when = {};  ///< `stop_signal` is sent as soon as this holds
  std::function<bool(pid_t)> stop_when_process = {};  ///< the same, by the state of the program
  int stop_signal = SIGKILL;
};

/// What it left.
struct Outcome {
  int exit_code = 0;  ///< 128 + the signal that ended it
  std::string output, error;
  bool was_stopped = false;  ///< `stop_signal` was sent before it ended
};

/// Whether the main thread of a process waits, as for input.
bool is_asleep(pid_t process);

/// Whether a process has a handler of its own for a signal.
bool catches(pid_t process, int signal);

/// Threads that a process has; 0 when it has ended.
int thread_count_of(pid_t process);

/// Runs a program found on PATH and waits for it.
Outcome spawn(const std::vector<std::string>& words, const SpawnOptions& options = {});

/// Runs the limbeck that was built.
Outcome limbeck(const std::vector<std::string>& words, const SpawnOptions& options = {});

/// A student of the golden files: BiLSTM, vectors of width 12, lower-cased vocabulary of 84 pieces.
std::string small_student();

}  // namespace limbeck::test
