#include "nlp/text/sequence_template.h"

#include <algorithm>
#include <utility>

namespace limbeck::nlp {

int32_t special_count(const SequenceTemplate& sequence) {
  size_t count = 0;
  for (const TemplatePart& part : sequence)
    if (part.kind == TemplatePart::Kind::kSpecial) count += part.ids.size();
  return static_cast<int32_t>(count);
}

KeptLengths truncate_pair(size_t first, size_t second, size_t room) {
  if (first + second <= room) return {first, second};
  const bool is_swapped = first > second;
  size_t shorter = std::min(first, second);
  size_t longer = shorter > room ? shorter : std::max(shorter, room - shorter);
  if (shorter + longer > room) {
    shorter = room / 2;
    longer = shorter + room % 2;
  }
  if (is_swapped) std::swap(shorter, longer);
  return {shorter, longer};
}

}  // namespace limbeck::nlp
