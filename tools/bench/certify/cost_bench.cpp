/// GOMP_SPINCOUNT=10000 cost_bench OUT [LIMIT_S=60] [WIDTH=128] [MEM_LIMIT_MIB=4096]
///     [ARITHMETIC=double] [METHOD]
///
/// What one bound costs by length and by depth: word-level Transformers of random weights (WIDTH
/// wide, 4 heads, feed-forward WIDTH, LayerNorm without the division), both classes' margin over an
/// l2 ball of radius 1e-4 around one word. Lengths 8 to 128 with 3 layers, depths 1 to 12 with 16
/// words. Each bound has a process of its own: the seconds are those of bound() (the median of
/// three, or one where it takes over 5 s), the memory is the process's peak less that before the
/// bound. A method that takes longer than LIMIT_S is not asked for more; METHOD: that one alone.
/// LibTorch's threads spin as in limbeck. Writes OUT/report.html and report.json; prints the table.
#include <sys/wait.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "nlp/core/allocator.h"
#include "nlp/core/errors.h"
#include "nlp/report/report_document.h"
#include "verify/network/word_net.h"
#include "verify/pass/bound.h"
#include "verify/region/lp_ball.h"

namespace {

using namespace limbeck;
using namespace limbeck::verify;

struct Settings {
  std::string output;
  int limit_s = 60;
  int64_t width = 128;
  int64_t memory_bytes = int64_t{4096} << 20;
  std::string arithmetic = "double";
  std::string method;  ///< empty: all
};

/// What one bound took.
struct Cost {
  double seconds = 0, mebibytes = 0;
};

struct Outcome {
  std::optional<Cost> cost;
  std::string why;  ///< there is none
};

constexpr std::array kMethods = {"ibp",      "crown-ibp", "forward+backward", "zonotope+backward",
                                 "unstable", "crown"};

/// Peak resident size, MiB.
double peak() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::stod(line.substr(6)) / 1024;
  return 0;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

Cost measure(const Settings& settings, const std::string& method, int64_t layers, int64_t length) {
  const at::ScalarType dtype = settings.arithmetic == "fast" ? at::kFloat : at::kDouble;
  const WordNetConfig config{
      .layers = layers, .width = settings.width, .heads = 4, .feed_forward = settings.width};
  const WordNet net(config, {"[UNK]", "[CLS]", "[SEP]", "word"}, 1);
  WordModel model = net.model(dtype);
  const Graph& graph = model.graph(length);
  torch::manual_seed(1);
  const at::Tensor center = torch::randn({1, length, settings.width}, dtype) * 0.1;
  const at::Tensor chosen = (at::arange(settings.width) + settings.width).unsqueeze(0);
  const LpBall ball(center, chosen, at::full({1}, 1e-4, dtype), 2);
  const at::Tensor rows = at::tensor({1.0, -1.0}, at::kDouble).to(dtype).view({1, 1, 2});
  const BoundOptions options{.memory_bytes = settings.memory_bytes,
                             .arithmetic = settings.arithmetic == "rigorous"
                                               ? Arithmetic::kRigorous
                                               : Arithmetic::kNearest};
  const at::NoGradGuard no_gradient;
  forget_peak();
  const double before = peak();
  std::vector<double> seconds;
  while (seconds.empty() || (seconds.size() < 3 && seconds[0] <= 5)) {
    const auto start = std::chrono::steady_clock::now();
    bound(graph, ball, rows, find_bound_method(method), options);
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::ranges::sort(seconds);
  return {seconds[seconds.size() / 2], peak() - before};
}

/// measure() in a process of its own.
Outcome measure_apart(const Settings& settings, const std::string& method, int64_t layers,
                      int64_t length) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("pipe");
  const pid_t child = fork();
  if (child == 0) {
    alarm(static_cast<unsigned>(settings.limit_s));
    std::string line;
    try {
      const Cost cost = measure(settings, method, layers, length);
      line = std::to_string(cost.seconds) + " " + std::to_string(cost.mebibytes);
    } catch (const UnsupportedError& error) {
      line = std::string("!") + error.what();
    }
    [[maybe_unused]] const ssize_t written = write(ends[1], line.data(), line.size());
    _exit(0);
  }
  close(ends[1]);
  std::string answer;
  char buffer[256];
  for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;)
    answer.append(buffer, static_cast<size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    return {{}, "over " + std::to_string(settings.limit_s) + " s"};
  if (!WIFEXITED(status) || answer.empty())
    throw std::runtime_error(method + ": the process of a bound ended without an answer");
  if (answer[0] == '!') return {{}, answer.substr(1)};
  size_t end = 0;
  const double seconds = std::stod(answer, &end);
  return {Cost{seconds, std::stod(answer.substr(end))}, {}};
}

/// One figure: costs by length or by depth.
class Figure {
 public:
  Figure(std::string title, std::string axis) : title_(std::move(title)), axis_(std::move(axis)) {}

  void add(const std::string& method, double x, const Outcome& outcome) {
    const auto value = [&](double Cost::*field) {
      return outcome.cost ? nlp::Measurement((*outcome.cost).*field)
                          : nlp::Measurement::missing(outcome.why);
    };
    if (seconds_.empty() || seconds_.back().name != method)
      seconds_.push_back({method, {}}), memory_.push_back({method, {}});
    seconds_.back().points.emplace_back(x, value(&Cost::seconds));
    memory_.back().points.emplace_back(x, value(&Cost::mebibytes));
  }

  nlp::ReportSection section(const std::string& id) const {
    const auto chart = [&](const char* what, const std::vector<nlp::LineSeries>& series) {
      nlp::LineChartBlock block;
      block.title = std::string(what) + " of one bound";
      block.description = title_;
      block.x = {axis_, true, {}};
      block.y = {what, true, {}};
      block.series = series;
      return block;
    };
    nlp::ReportSection section{id, title_, "", {}};
    section.blocks = {chart("seconds", seconds_), chart("MiB", memory_)};
    return section;
  }

 private:
  std::string title_, axis_;
  std::vector<nlp::LineSeries> seconds_, memory_;
};

void run(const Settings& settings) {
  Figure by_length("By length, 3 layers", "words"), by_depth("By depth, 16 words", "layers");
  const auto sweep = [&](Figure& figure, const std::vector<int64_t>& values, bool is_depth) {
    for (const std::string method : kMethods) {
      if (!settings.method.empty() && method != settings.method) continue;
      Outcome outcome;
      for (const int64_t value : values) {
        const int64_t layers = is_depth ? value : 3, length = is_depth ? 16 : value;
        outcome = outcome.why.empty() ? measure_apart(settings, method, layers, length)
                                      : Outcome{{}, "not tried, see before"};
        figure.add(method, static_cast<double>(value), outcome);
        std::printf("%-18s %3lld layers %4lld words  ", method.c_str(),
                    static_cast<long long>(layers), static_cast<long long>(length));
        if (outcome.cost)
          std::printf("%9.3f s %8.0f MiB\n", outcome.cost->seconds, outcome.cost->mebibytes);
        else
          std::printf("%s\n", outcome.why.c_str());
        std::fflush(stdout);
      }
    }
  };
  sweep(by_length, {8, 16, 32, 64, 128}, false);
  sweep(by_depth, {1, 3, 6, 12}, true);
  nlp::Report report;
  report.command = "cost_bench";
  report.title = "What one bound costs";
  report.sections = {by_length.section("length"), by_depth.section("depth")};
  nlp::write_report(settings.output, report);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 2)
      throw ConfigError(
          "usage: cost_bench OUT [LIMIT_S] [WIDTH] [MEM_LIMIT_MIB] [ARITHMETIC] [METHOD]");
    Settings settings;
    settings.output = argv[1];
    if (argc > 2) settings.limit_s = std::stoi(argv[2]);
    if (argc > 3) settings.width = std::stoll(argv[3]);
    if (argc > 4) settings.memory_bytes = std::stoll(argv[4]) << 20;
    if (argc > 5) settings.arithmetic = argv[5];
    if (argc > 6) settings.method = argv[6];
    std::filesystem::create_directories(settings.output);
    keep_freed_memory();
    run(settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "cost_bench: %s\n", error.what());
    return 1;
  }
}
