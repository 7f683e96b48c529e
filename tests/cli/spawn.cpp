#include "tests/cli/spawn.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>

namespace limbeck::test {
namespace {

struct Pipe {
  int read_end = -1, write_end = -1;
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
    read_end = ends[0];
    write_end = ends[1];
  }
};

[[noreturn]] void become(const std::vector<std::string>& words, const SpawnOptions& options,
                         const Pipe& input, const Pipe& output, const Pipe& error) {
  ::dup2(input.read_end, STDIN_FILENO);
  ::dup2(output.write_end, STDOUT_FILENO);
  ::dup2(error.write_end, STDERR_FILENO);
  if (!options.output_file.empty())
    ::dup2(::open(options.output_file.c_str(), O_WRONLY), STDOUT_FILENO);
  for (const auto& [name, value] : options.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (options.largest_file > 0) {
    const rlimit limit = {static_cast<rlim_t>(options.largest_file),
                          static_cast<rlim_t>(options.largest_file)};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

void feed(int descriptor, const std::string& text) {
  for (size_t done = 0; done < text.size();) {
    const ssize_t count = ::write(descriptor, text.data() + done, text.size() - done);
    if (count <= 0) return;
    done += static_cast<size_t>(count);
  }
}

void drain(int descriptor, std::string& text) {
  char buffer[65536];
  for (ssize_t count; (count = ::read(descriptor, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<size_t>(count));
  ::close(descriptor);
}

/// The value of a field of /proc/PROCESS/status, empty when the process has ended.
std::string status_of(pid_t process, const std::string& field) {
  std::ifstream file("/proc/" + std::to_string(process) + "/status");
  std::string name, line;
  while (file >> name && std::getline(file >> std::ws, line))
    if (name == field + ":") return line;
  return {};
}

/// Signals come late where a machine is busy; LIMBECK_TEST_LATE_MS makes them so anywhere, by a
/// random time of at most so many milliseconds.
void come_late() {
  const char* most = std::getenv("LIMBECK_TEST_LATE_MS");
  if (most == nullptr) return;
  std::this_thread::sleep_for(
      std::chrono::milliseconds(std::random_device{}() % (std::stoul(most) + 1)));
}

}  // namespace

bool is_asleep(pid_t process) { return status_of(process, "State").starts_with("S"); }

bool catches(pid_t process, int signal) {
  const std::string mask = status_of(process, "SigCgt");
  return !mask.empty() && (std::stoull(mask, nullptr, 16) >> (signal - 1) & 1) != 0;
}

int thread_count_of(pid_t process) {
  const std::string count = status_of(process, "Threads");
  return count.empty() ? 0 : std::stoi(count);
}

Outcome spawn(const std::vector<std::string>& words, const SpawnOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  const Pipe input, output, error;
  const pid_t child = ::fork();
  if (child == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    become(words, options, input, output, error);
  }
  ::close(input.read_end);
  ::close(output.write_end);
  ::close(error.write_end);
  Outcome outcome;
  if (options.has_closed_output) ::close(output.read_end);
  std::thread reader([&] {
    if (!options.has_closed_output) drain(output.read_end, outcome.output);
  });
  std::thread error_reader([&] { drain(error.read_end, outcome.error); });
  feed(input.write_end, options.input);
  if (!options.keeps_input_open) ::close(input.write_end);
  int status = 0;
  pid_t ended = 0;
  const auto is_due = [&] {
    return (options.stop_when && options.stop_when()) ||
           (options.stop_when_process && options.stop_when_process(child));
  };
  while ((options.stop_when || options.stop_when_process) && !outcome.was_stopped &&
         (ended = ::waitpid(child, &status, WNOHANG)) == 0) {
    if (is_due()) {
      outcome.was_stopped = true;
      come_late();
      ::kill(child, options.stop_signal);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  if (ended == 0) ::waitpid(child, &status, 0);
  if (options.keeps_input_open) ::close(input.write_end);
  reader.join();
  error_reader.join();
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

Outcome limbeck(const std::vector<std::string>& words, const SpawnOptions& options) {
  std::vector<std::string> all = {LIMBECK_PROGRAM};
  all.insert(all.end(), words.begin(), words.end());
  return spawn(all, options);
}

std::string small_student() {
  return (std::filesystem::path(LIMBECK_SOURCE_DIR) / "tests/golden/student/mean").string();
}

}  // namespace limbeck::test
