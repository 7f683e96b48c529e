#include "nlp/kernel/scratch.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace limbeck::nlp::kernel {

std::byte* Scratch::reserve_bytes(int64_t bytes) {
  if (bytes <= bytes_) return memory_.get();
  constexpr int64_t kHugePage = 2 << 20;
  if (bytes_ > 0) bytes += bytes / 4;  // growing again is likely: leave room
  const int64_t unit = bytes >= kHugePage ? kHugePage : 64;
  const int64_t rounded = (bytes + unit - 1) / unit * unit;
  memory_.reset();
  bytes_ = 0;
  memory_.reset(static_cast<std::byte*>(
      std::aligned_alloc(static_cast<size_t>(unit), static_cast<size_t>(rounded))));
  if (!memory_) throw std::bad_alloc();
  if (unit == kHugePage) madvise(memory_.get(), static_cast<size_t>(rounded), MADV_HUGEPAGE);
  bytes_ = rounded;
  return memory_.get();
}

void Scratch::Free::operator()(std::byte* memory) const { std::free(memory); }

}  // namespace limbeck::nlp::kernel
