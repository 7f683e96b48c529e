#include "nlp/kernel/panel.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace limbeck::nlp::kernel::detail {
namespace {

template <int kWidth>
void copy_wide(int64_t units, const uint32_t* in, int64_t in_stride, uint32_t* out,
               int64_t out_stride) {
  for (int64_t u = 0; u < units; ++u)
    std::memcpy(out + u * out_stride, in + u * in_stride, kWidth * sizeof(uint32_t));
}

}  // namespace

void copy_strip(int columns, int64_t units, const uint32_t* in, int64_t in_stride, uint32_t* out,
                int64_t out_stride) {
  switch (columns) {
    case kPanelColumns:
      return copy_wide<kPanelColumns>(units, in, in_stride, out, out_stride);
    case 14:
      return copy_wide<14>(units, in, in_stride, out, out_stride);
    case 13:
      return copy_wide<13>(units, in, in_stride, out, out_stride);
    case 12:
      return copy_wide<12>(units, in, in_stride, out, out_stride);
    case 11:
      return copy_wide<11>(units, in, in_stride, out, out_stride);
    case 10:
      return copy_wide<10>(units, in, in_stride, out, out_stride);
    default:
      for (int64_t u = 0; u < units; ++u)
        std::copy_n(in + u * in_stride, columns, out + u * out_stride);
  }
}

std::byte* Scratch::reserve_bytes(int64_t bytes) {
  if (bytes <= bytes_) return memory_.get();
  constexpr int64_t kHugePage = 2 << 20;
  const int64_t unit = bytes >= kHugePage ? kHugePage : 64;
  const int64_t rounded = (bytes + bytes / 4 + unit - 1) / unit * unit;
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

}  // namespace limbeck::nlp::kernel::detail
