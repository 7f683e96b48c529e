#include "nlp/core/threads.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "nlp/core/errors.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace limbeck {
namespace {

int cgroup_cpus() {
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (!(file >> quota >> period) || quota == "max" || period <= 0) return 1 << 20;
  return std::max(1, static_cast<int>(std::stod(quota) / period));
}

constexpr int kSpins = 4000;  // some tens of microseconds

thread_local bool inside_parallel_for = false;

/// One parallel_for at a time: workers take chunk numbers from a shared counter until none is left.
class Pool {
 public:
  ~Pool() { resize(0); }

  void run(int threads, int64_t chunks, const std::function<void(int64_t)>& chunk) {
    const std::lock_guard<std::mutex> one_caller(caller_);
    if (static_cast<int>(workers_.size()) != threads - 1) resize(threads - 1);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      chunk_ = &chunk;
      chunks_ = chunks;
      next_.store(0, std::memory_order_relaxed);
      working_.store(static_cast<int>(workers_.size()), std::memory_order_relaxed);
      error_ = nullptr;
      generation_.fetch_add(1, std::memory_order_release);
    }
    wake_.notify_all();
    drain();
    // A worker that takes long has lost its CPU to another process, which this thread would keep it
    // from getting back.
    for (int spin = 0; working_.load(std::memory_order_acquire) != 0; ++spin) {
      if (spin < kSpins) {
        pause();
      } else {
        std::this_thread::yield();
      }
    }
    chunk_ = nullptr;
    if (error_) std::rethrow_exception(error_);
  }

 private:
  static void pause() {
#if defined(__x86_64__)
    _mm_pause();
#else
    std::this_thread::yield();
#endif
  }

  void drain() {
    inside_parallel_for = true;
    for (;;) {
      const int64_t index = next_.fetch_add(1, std::memory_order_relaxed);
      if (index >= chunks_) break;
      try {
        (*chunk_)(index);
      } catch (...) {
        const std::lock_guard<std::mutex> lock(error_mutex_);
        if (!error_) error_ = std::current_exception();
      }
    }
    inside_parallel_for = false;
  }

  void worker() {
    uint64_t seen = start_generation_;
    for (;;) {
      // Spins for some microseconds before it sleeps: kernels come in bursts.
      for (int spin = 0;
           spin < kSpins && generation_.load(std::memory_order_acquire) == seen && !stop_; ++spin)
        pause();
      if (generation_.load(std::memory_order_acquire) == seen && !stop_) {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock,
                   [&] { return stop_ || generation_.load(std::memory_order_acquire) != seen; });
      }
      if (stop_) return;
      seen = generation_.load(std::memory_order_acquire);
      drain();
      working_.fetch_sub(1, std::memory_order_release);
    }
  }

  void resize(int count) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : workers_) thread.join();
    workers_.clear();
    stop_ = false;
    start_generation_ = generation_.load();
    for (int i = 0; i < count; ++i) workers_.emplace_back([this] { worker(); });
  }

  std::mutex caller_, mutex_, error_mutex_;
  std::condition_variable wake_;
  std::vector<std::thread> workers_;
  std::atomic<uint64_t> generation_{0};
  std::atomic<int64_t> next_{0};
  std::atomic<int> working_{0};
  std::atomic<bool> stop_{false};
  uint64_t start_generation_ = 0;
  const std::function<void(int64_t)>* chunk_ = nullptr;
  int64_t chunks_ = 0;
  std::exception_ptr error_;
};

std::atomic<int> requested_threads{0};

}  // namespace

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int count = 1;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) count = std::max(1, CPU_COUNT(&set));
  return std::min(count, cgroup_cpus());
}

int thread_count() {
  const int requested = requested_threads.load();
  if (requested > 0) return requested;
  static const int available = available_cpus();
  return available;
}

void set_thread_count(int count) {
  if (count < 1 || count > 1024)
    throw ConfigError("threads: expected 1 to 1024, got " + std::to_string(count));
  requested_threads.store(count);
}

void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& work) {
  if (count <= 0) return;
  const int64_t most_chunks =
      (count + std::max<int64_t>(grain, 1) - 1) / std::max<int64_t>(grain, 1);
  const int threads = static_cast<int>(std::min<int64_t>(thread_count(), most_chunks));
  if (threads <= 1 || inside_parallel_for) {
    work(0, count);
    return;
  }
  static Pool pool;
  const int64_t chunks = std::min<int64_t>(most_chunks, threads * 16);
  pool.run(thread_count(), chunks, [&](int64_t index) {
    const int64_t begin = count * index / chunks, end = count * (index + 1) / chunks;
    if (begin < end) work(begin, end);
  });
}

}  // namespace limbeck
