#pragma once

#include <sys/types.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace limbeck::page_check {

/// Path of Chromium (CHROMIUM, chromium, chromium-browser, google-chrome); nothing when there is
/// none.
std::optional<std::string> find_chromium();

/// A headless Chromium with one page, driven by the DevTools protocol over two pipes. It cannot
/// resolve any host.
class Browser {
 public:
  /// Throws: Error when it does not start within the time limit.
  explicit Browser(const std::string& program);
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// Calls a method in the page and returns its result. Throws: Error with the protocol's message.
  nlohmann::json call(const std::string& method,
                      const nlohmann::json& parameters = nlohmann::json::object());
  /// Reads until an event of that name came; throws Error at the time limit.
  nlohmann::json wait_for(const std::string& event);
  /// Events that came so far and were not taken yet.
  std::deque<nlohmann::json> take_events();

 private:
  void start(const std::string& program);
  void stop();
  void attach_page();
  nlohmann::json request(nlohmann::json message);
  nlohmann::json read_message();

  pid_t process_ = -1;
  int to_browser_ = -1, from_browser_ = -1;
  int next_id_ = 1;
  std::string session_, buffer_;
  std::filesystem::path profile_;
  std::deque<nlohmann::json> events_;
};

}  // namespace limbeck::page_check
