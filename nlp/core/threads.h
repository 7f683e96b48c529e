#pragma once

#include <cstdint>
#include <functional>

namespace limbeck {

/// CPUs that this process may use (affinity mask and cgroup quota), at least 1.
int available_cpus();

/// Threads that the library's own kernels use; starts at available_cpus(). Results never depend on
/// it.
int thread_count();
/// Throws: ConfigError unless 1 <= count <= 1024.
void set_thread_count(int count);

/// Calls `work(begin, end)` on disjoint ranges that cover [0, count), on at most thread_count()
/// threads of one process-wide pool, and returns when all are done. `grain` is the smallest range
/// worth a thread. Nested calls run on the calling thread. The first exception is thrown again
/// here.
void parallel_for(int64_t count, int64_t grain, const std::function<void(int64_t, int64_t)>& work);

}  // namespace limbeck
