#include "nlp/kernel/panel.h"

#include <algorithm>
#include <cstring>

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

}  // namespace limbeck::nlp::kernel::detail
