#include "nlp/core/progress.h"

#include <unistd.h>

#include <algorithm>

#include "nlp/core/errors.h"

namespace limbeck {
namespace {

std::string clock_text(double seconds) {
  const int64_t whole = static_cast<int64_t>(seconds + 0.5);
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lldh%02lldm", static_cast<long long>(whole / 3600),
                  static_cast<long long>(whole / 60 % 60));
  } else {
    std::snprintf(text, sizeof text, "%lldm%02llds", static_cast<long long>(whole / 60),
                  static_cast<long long>(whole % 60));
  }
  return text;
}

}  // namespace

ProgressMode parse_progress_mode(const std::string& text) {
  if (text == "auto") return ProgressMode::kAuto;
  if (text == "always") return ProgressMode::kAlways;
  if (text == "never") return ProgressMode::kNever;
  throw ConfigError("--progress: expected auto, always or never, got '" + text + "'");
}

Progress::Progress(std::string label, int64_t total, ProgressMode mode, double interval_seconds)
    : label_(std::move(label)),
      total_(total),
      shown_(mode != ProgressMode::kNever),
      on_terminal_(::isatty(STDERR_FILENO) != 0),
      interval_seconds_(on_terminal_ ? 0.1 : interval_seconds),
      start_(std::chrono::steady_clock::now()),
      last_draw_(start_) {}

Progress::~Progress() {
  if (shown_ && on_terminal_ && !finished_ && start_done_ >= 0) std::fputc('\n', stderr);
}

void Progress::update(int64_t done, const std::string& detail) {
  if (!shown_) return;
  if (start_done_ < 0) start_done_ = done;
  const auto now = std::chrono::steady_clock::now();
  if (std::chrono::duration<double>(now - last_draw_).count() < interval_seconds_) return;
  last_draw_ = now;
  draw(done, detail, false);
}

void Progress::finish(const std::string& detail) {
  if (shown_ && !finished_) draw(total_, detail, true);
  finished_ = true;
}

void Progress::say(const std::string& line) {
  if (!shown_) return;
  std::fprintf(stderr, "%s%s: %s\n", on_terminal_ ? "\r\x1b[K" : "", label_.c_str(), line.c_str());
  std::fflush(stderr);
}

void Progress::draw(int64_t done, const std::string& detail, bool last) {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate =
      seconds > 0 ? static_cast<double>(done - std::max<int64_t>(start_done_, 0)) / seconds : 0;
  const double fraction =
      total_ > 0 ? static_cast<double>(done) / static_cast<double>(total_) : 1.0;
  const std::string left = last ? "in " + clock_text(seconds)
                           : rate > 0.0
                               ? "left " + clock_text(static_cast<double>(total_ - done) / rate)
                               : "left ?";
  std::string bar;
  if (on_terminal_) {
    const int filled = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * 24);
    bar = " [" + std::string(static_cast<size_t>(filled), '#') +
          std::string(static_cast<size_t>(24 - filled), '.') + "]";
  }
  std::fprintf(stderr, "%s%s%s %3d%% %lld/%lld %s%s%s%s", on_terminal_ ? "\r\x1b[K" : "",
               label_.c_str(), bar.c_str(), static_cast<int>(fraction * 100),
               static_cast<long long>(done), static_cast<long long>(total_), left.c_str(),
               detail.empty() ? "" : "  ", detail.c_str(), on_terminal_ && !last ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace limbeck
