#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace limbeck::nlp {

/// One part of a model input: special tokens, or the tokens of the first or second text.
struct TemplatePart {
  enum class Kind { kSpecial, kFirst, kSecond };
  Kind kind = Kind::kSpecial;
  std::vector<int32_t> ids;  ///< kSpecial only
  int32_t type_id = 0;
};

/// How texts and special tokens are put together, such as [CLS] A [SEP] B [SEP].
using SequenceTemplate = std::vector<TemplatePart>;

/// Number of special tokens.
int32_t special_count(const SequenceTemplate& sequence);

/// How many tokens of each text stay.
struct KeptLengths {
  size_t first = 0, second = 0;
};

/// Longest-first truncation of a pair to `room` tokens: the shorter text keeps all it can; when
/// both are too long each keeps half, and the second (the longer one, if the first was longer) the
/// odd one.
KeptLengths truncate_pair(size_t first, size_t second, size_t room);

}  // namespace limbeck::nlp
