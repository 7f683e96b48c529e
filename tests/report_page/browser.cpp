#include "tests/report_page/browser.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <thread>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::page_check {
namespace {

using Json = nlohmann::json;

constexpr int kTimeLimitMs = 60000;

bool is_program(const std::string& path) { return ::access(path.c_str(), X_OK) == 0; }

/// Runs in the child: the protocol wants its pipes at descriptors 3 (reads) and 4 (writes).
[[noreturn]] void become_browser(const std::vector<std::string>& arguments, int reads, int writes) {
  const int null = ::open("/dev/null", O_RDWR);
  const int in = ::fcntl(reads, F_DUPFD, 10), out = ::fcntl(writes, F_DUPFD, 10);
  for (const int descriptor : {0, 1, 2}) ::dup2(null, descriptor);
  ::dup2(in, 3);
  ::dup2(out, 4);
  for (int descriptor = 5; descriptor < 64; ++descriptor) ::close(descriptor);
  ::setpgid(0, 0);
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  ::execv(pointers[0], pointers.data());
  ::_exit(127);
}

}  // namespace

std::optional<std::string> find_chromium() {
  if (const char* given = ::getenv("CHROMIUM")) return std::string(given);
  const char* path = ::getenv("PATH");
  const std::string folders = std::string(path ? path : "/usr/bin") + ":";
  for (const char* name : {"chromium", "chromium-browser", "google-chrome"})
    for (size_t start = 0, end; (end = folders.find(':', start)) != std::string::npos;
         start = end + 1) {
      const std::string candidate = folders.substr(start, end - start) + "/" + name;
      if (is_program(candidate)) return candidate;
    }
  return std::nullopt;
}

Browser::Browser(const std::string& program) {
  std::string folder = (std::filesystem::temp_directory_path() / "limbeck-page-XXXXXX").string();
  if (!::mkdtemp(folder.data())) throw Error(folder + ": cannot create a profile folder");
  profile_ = folder;
  try {
    start(program);
    attach_page();
  } catch (...) {
    stop();
    throw;
  }
}

Browser::~Browser() { stop(); }

void Browser::start(const std::string& program) {
  std::array<int, 2> down, up;
  if (::pipe2(down.data(), O_CLOEXEC) != 0 || ::pipe2(up.data(), O_CLOEXEC) != 0)
    throw Error("cannot open a pipe to the browser");
  const std::vector<std::string> arguments = {program,
                                              "--headless=new",
                                              "--no-sandbox",
                                              "--disable-gpu",
                                              "--disable-dev-shm-usage",
                                              "--hide-scrollbars",
                                              "--no-first-run",
                                              "--disable-background-networking",
                                              "--disable-component-update",
                                              "--disable-extensions",
                                              "--host-resolver-rules=MAP * ~NOTFOUND",
                                              "--remote-debugging-pipe",
                                              "--user-data-dir=" + profile_.string(),
                                              "about:blank"};
  process_ = ::fork();
  if (process_ == 0) become_browser(arguments, down[0], up[1]);
  ::close(down[0]);
  ::close(up[1]);
  to_browser_ = down[1];
  from_browser_ = up[0];
  if (process_ < 0) throw Error("cannot start " + program);
  ::signal(SIGPIPE, SIG_IGN);
}

void Browser::stop() {
  if (to_browser_ >= 0) ::close(to_browser_);
  if (from_browser_ >= 0) ::close(from_browser_);
  to_browser_ = from_browser_ = -1;
  if (process_ > 0) {
    ::kill(-process_, SIGKILL);  // its own group: renderers too
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
  }
  std::error_code ignored;
  for (int attempt = 0; attempt < 20 && std::filesystem::exists(profile_, ignored); ++attempt) {
    std::filesystem::remove_all(profile_, ignored);
    if (ignored) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Browser::attach_page() {
  const Json target =
      request({{"method", "Target.createTarget"}, {"params", {{"url", "about:blank"}}}});
  const Json attached =
      request({{"method", "Target.attachToTarget"},
               {"params", {{"targetId", target.at("targetId")}, {"flatten", true}}}});
  session_ = attached.at("sessionId");
}

Json Browser::call(const std::string& method, const Json& parameters) {
  return request({{"method", method}, {"params", parameters}, {"sessionId", session_}});
}

Json Browser::request(Json message) {
  const int id = next_id_++;
  message["id"] = id;
  const std::string bytes = message.dump() + '\0';
  for (size_t sent = 0; sent < bytes.size();) {
    const ssize_t written = ::write(to_browser_, bytes.data() + sent, bytes.size() - sent);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw Error("the browser closed its pipe");
    sent += static_cast<size_t>(written);
  }
  while (true) {
    Json answer = read_message();
    if (answer.contains("method"))
      events_.push_back(std::move(answer));
    else if (answer.value("id", 0) == id) {
      if (answer.contains("error"))
        throw Error(message["method"].get<std::string>() + ": " + answer["error"].dump());
      return answer.value("result", Json::object());
    }
  }
}

Json Browser::read_message() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kTimeLimitMs);
  while (true) {
    const size_t end = buffer_.find('\0');
    if (end != std::string::npos) {
      Json message = Json::parse(buffer_.substr(0, end));
      buffer_.erase(0, end + 1);
      return message;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd waited{from_browser_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&waited, 1, static_cast<int>(left.count())) == 0)
      throw Error("the browser did not answer within " + std::to_string(kTimeLimitMs / 1000) +
                  " s");
    std::array<char, 65536> chunk;
    const ssize_t count = ::read(from_browser_, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) throw Error("the browser ended");
    buffer_.append(chunk.data(), static_cast<size_t>(count));
  }
}

Json Browser::wait_for(const std::string& event) {
  for (size_t seen = 0;; ++seen) {
    if (seen == events_.size()) events_.push_back(read_message());
    if (events_[seen].value("method", "") == event) return events_[seen];
  }
}

std::deque<Json> Browser::take_events() { return std::exchange(events_, {}); }

}  // namespace limbeck::page_check
