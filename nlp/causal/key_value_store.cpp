#include "nlp/causal/key_value_store.h"

#include <algorithm>
#include <string>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

constexpr int64_t kPanel = kernel::kKeyPanelTokens;
constexpr int64_t kReadBeyond = 32;  ///< attention may read past the last value

int64_t padded(int64_t capacity) {
  return (std::max<int64_t>(1, capacity) + kPanel - 1) / kPanel * kPanel;
}

int64_t floats(const CausalConfig& config, int64_t capacity) {
  return 2 * config.layers * config.key_value_width() * capacity + kReadBeyond;
}

}  // namespace

KeyValueStore::KeyValueStore(const CausalConfig& config, int64_t capacity)
    : heads_(config.key_value_heads), width_(config.head_width), capacity_(padded(capacity)) {
  memory_.reserve<float>(floats(config, capacity_));
}

int64_t KeyValueStore::bytes(const CausalConfig& config, int64_t capacity) {
  return floats(config, padded(capacity)) * static_cast<int64_t>(sizeof(float));
}

void KeyValueStore::advance(int64_t count) {
  if (count < 0 || tokens_ + count > capacity_)
    throw ShapeError("key-value store: expected at most " + std::to_string(capacity_) +
                     " tokens, got " + std::to_string(tokens_ + count));
  tokens_ += count;
}

float* KeyValueStore::keys(int64_t layer, int64_t head) const {
  auto* memory = reinterpret_cast<float*>(const_cast<std::byte*>(memory_.data()));
  return memory + 2 * (layer * heads_ + head) * capacity_ * width_;
}

float* KeyValueStore::values(int64_t layer, int64_t head) const {
  return keys(layer, head) + capacity_ * width_;
}

void KeyValueStore::put(int64_t layer, int64_t head, int64_t index, const float* key,
                        const float* value) {
  float* panel = keys(layer, head) + index / kPanel * kPanel * width_ + index % kPanel;
  for (int64_t i = 0; i < width_; ++i) panel[i * kPanel] = key[i];
  std::copy_n(value, width_, values(layer, head) + index * width_);
}

kernel::KeyValues KeyValueStore::view(int64_t layer, int64_t head, int64_t tokens) const {
  return {keys(layer, head), values(layer, head), tokens};
}

}  // namespace limbeck::nlp
