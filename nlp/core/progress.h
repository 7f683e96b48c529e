#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace limbeck {

/// When progress is shown: a bar on a terminal only (auto), always as lines when there is none, or
/// never.
enum class ProgressMode { kAuto, kAlways, kNever };

/// Throws: ConfigError naming the three words.
ProgressMode parse_progress_mode(const std::string& text);

/// Progress of one loop on stderr: a bar redrawn in place on a terminal, else one whole line every
/// `interval_seconds`.
class Progress {
 public:
  Progress(std::string label, int64_t total, ProgressMode mode, double interval_seconds = 10.0);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// `detail` is free text such as `loss 0.123`.
  void update(int64_t done, const std::string& detail = {});
  void finish(const std::string& detail = {});
  /// One whole line, such as the result of an evaluation; the bar goes on below it.
  void say(const std::string& line);

 private:
  void draw(int64_t done, const std::string& detail, bool last);

  std::string label_;
  int64_t total_;
  bool shown_, on_terminal_;
  double interval_seconds_;
  bool finished_ = false;
  int64_t start_done_ = -1;
  std::chrono::steady_clock::time_point start_, last_draw_;
};

}  // namespace limbeck
