// Time of one AdamW update of an embedding table against LibTorch's fused and plain AdamW.
// Usage: optimizer_bench [rows=30522] [width=384] [threads=2] [runs=15]
#include <torch/optim.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "nlp/core/threads.h"
#include "nlp/train/optimizer/gradient_norm.h"
#include "nlp/train/optimizer/optimizer.h"

namespace {

using limbeck::nlp::Parameter;

double seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// A table whose gradient has `used` rows of random numbers, the others zero.
struct Table {
  Table(int64_t rows, int64_t width, int64_t used) {
    torch::manual_seed(1);
    value = torch::randn({rows, width}).set_requires_grad(true);
    gradient = torch::zeros({rows, width});
    gradient.index_copy_(0, torch::randperm(rows).narrow(0, 0, used), torch::randn({used, width}));
    value.mutable_grad() = gradient;
  }
  at::Tensor value, gradient;
};

struct FusedAdamW {
  explicit FusedAdamW(const Table& table)
      : value(table.value.detach().clone()),
        gradient(table.gradient),
        mean(torch::zeros_like(value)),
        square(torch::zeros_like(value)),
        step(torch::zeros({})) {}
  void update() {
    step.add_(1);
    at::_fused_adamw_({value}, {gradient}, {mean}, {square}, {}, {step}, 1e-3, 0.9, 0.999, 0.01,
                      1e-8, false, false);
  }
  at::Tensor value, gradient, mean, square, step;
};

void print_row(const char* name, std::vector<double> times) {
  std::sort(times.begin(), times.end());
  std::printf("  %-34s median %7.2f ms   min %7.2f   max %7.2f\n", name,
              1e3 * times[times.size() / 2], 1e3 * times.front(), 1e3 * times.back());
}

void compare(const char* title, int64_t rows, int64_t width, int64_t used, double decay, int runs) {
  Table table(rows, width, used);
  FusedAdamW fused(table);
  Table plain_table(rows, width, used);
  torch::optim::AdamW plain({plain_table.value},
                            torch::optim::AdamWOptions(1e-3).weight_decay(0.01));
  limbeck::nlp::OptimizerOptions options;
  options.weight_decay = decay;
  const auto ours = limbeck::nlp::make_optimizer(options, {{"table", table.value}});
  std::vector<double> our_times, fused_times, plain_times, norm_times;
  for (int run = -3; run < runs; ++run) {
    const double a = seconds([&] { ours->step(1e-3, 1.0); });
    const double b = seconds([&] { fused.update(); });
    const double c = seconds([&] { plain.step(); });
    const double d = seconds([&] { limbeck::nlp::gradient_norm(ours->parameters()); });
    if (run < 0) continue;
    our_times.push_back(a);
    fused_times.push_back(b);
    plain_times.push_back(c);
    norm_times.push_back(d);
  }
  std::printf("%s\n", title);
  if (decay > 0)
    std::printf("  largest difference to LibTorch's fused: %.1e\n",
                (table.value - fused.value).abs().max().item<double>());
  print_row("limbeck adamw", our_times);
  print_row("LibTorch _fused_adamw_", fused_times);
  print_row("LibTorch torch::optim::AdamW", plain_times);
  print_row("limbeck gradient_norm", norm_times);
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int index, int64_t otherwise) {
    return argc > index ? std::strtoll(argv[index], nullptr, 10) : otherwise;
  };
  const int64_t rows = argument(1, 30522), width = argument(2, 384), threads = argument(3, 2);
  const int runs = static_cast<int>(argument(4, 15));
  limbeck::set_thread_count(static_cast<int>(threads));
  at::set_num_threads(static_cast<int>(threads));
  std::printf("AdamW on %lld x %lld float32, %lld threads, %d runs\n", static_cast<long long>(rows),
              static_cast<long long>(width), static_cast<long long>(threads), runs);
  compare("all rows used, decay", rows, width, rows, 0.01, runs);
  compare("3 % of the rows used, decay", rows, width, rows * 3 / 100, 0.01, runs);
  compare("3 % of the rows ever used, no decay", rows, width, rows * 3 / 100, 0.0, runs);
}
