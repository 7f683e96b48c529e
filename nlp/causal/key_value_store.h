#pragma once

#include <cstdint>

#include "nlp/causal/causal_config.h"
#include "nlp/kernel/cached_attention.h"
#include "nlp/kernel/scratch.h"

namespace limbeck::nlp {

/// Keys and values of consecutive tokens in every layer: the memory of a text, or of a part of it
/// that many texts share. Memory is taken at construction and kept by clear().
class KeyValueStore {
 public:
  KeyValueStore(const CausalConfig& config, int64_t capacity);

  int64_t capacity() const { return capacity_; }
  int64_t tokens() const { return tokens_; }
  void clear() { tokens_ = 0; }
  /// Makes the tokens that were put count. Throws: ShapeError beyond the capacity.
  void advance(int64_t count);

  /// Writes key and value (d floats each) of the token at `index`, which need not count yet.
  void put(int64_t layer, int64_t head, int64_t index, const float* key, const float* value);
  /// The first `tokens` tokens for one key-value head.
  kernel::KeyValues view(int64_t layer, int64_t head, int64_t tokens) const;

  /// Bytes that a store of this capacity takes.
  static int64_t bytes(const CausalConfig& config, int64_t capacity);

 private:
  float* keys(int64_t layer, int64_t head) const;
  float* values(int64_t layer, int64_t head) const;

  int64_t heads_, width_, capacity_;
  int64_t tokens_ = 0;
  kernel::Scratch memory_;
};

}  // namespace limbeck::nlp
