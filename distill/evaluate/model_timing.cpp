#include "distill/evaluate/model_timing.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "nlp/core/threads.h"

namespace limbeck::distill {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int64_t kWarmUpCalls = 10, kLeastCalls = 50, kMostCalls = 20000;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Nearest-rank percentile of sorted values.
double percentile(const std::vector<double>& sorted, double share) {
  const size_t rank = static_cast<size_t>(share * static_cast<double>(sorted.size()));
  return sorted[std::min(rank, sorted.size() - 1)];
}

std::vector<double> single_calls_ms(const nlp::SentenceEncoder& encoder,
                                    std::span<const std::string> sentences, double seconds) {
  std::vector<double> times;
  const auto start = Clock::now();
  for (int64_t call = -kWarmUpCalls; call < kMostCalls; ++call) {
    if (static_cast<int64_t>(times.size()) >= kLeastCalls && seconds_since(start) > seconds) break;
    const size_t which = static_cast<size_t>(call + kWarmUpCalls) % sentences.size();
    const auto began = Clock::now();
    encoder.encode(sentences.subspan(which, 1));
    if (call >= 0) times.push_back(seconds_since(began) * 1e3);
  }
  std::sort(times.begin(), times.end());
  return times;
}

}  // namespace

ModelTiming time_encoder(const nlp::SentenceEncoder& encoder,
                         std::span<const std::string> sentences, double seconds) {
  const std::vector<double> times = single_calls_ms(encoder, sentences, seconds);
  ModelTiming timing{percentile(times, 0.5), percentile(times, 0.95), 0,
                     static_cast<int64_t>(times.size()), thread_count()};
  const auto start = Clock::now();
  do {
    const auto began = Clock::now();
    encoder.encode(sentences);
    timing.sentences_per_second = std::max(
        timing.sentences_per_second, static_cast<double>(sentences.size()) / seconds_since(began));
  } while (seconds_since(start) < seconds);
  return timing;
}

}  // namespace limbeck::distill
