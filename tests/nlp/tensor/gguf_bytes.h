#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace limbeck::test {

/// Writes GGUF bytes piece by piece, sound or not.
class GgufBytes {
 public:
  explicit GgufBytes(uint64_t tensors, uint64_t pairs, uint32_t version = 3) {
    bytes = "GGUF";
    number(version).number(tensors).number(pairs);
  }
  template <class T>
  GgufBytes& number(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  GgufBytes& text(std::string_view text) {
    number(static_cast<uint64_t>(text.size()));
    bytes += text;
    return *this;
  }
  GgufBytes& pair_u32(std::string_view key, uint32_t value) {
    return text(key).number(uint32_t{4}).number(value);
  }
  GgufBytes& pair_text(std::string_view key, std::string_view value) {
    return text(key).number(uint32_t{8}).text(value);
  }
  GgufBytes& tensor(std::string_view name, uint64_t rows, uint64_t width, uint32_t type,
                    uint64_t offset) {
    return text(name).number(uint32_t{2}).number(width).number(rows).number(type).number(offset);
  }
  GgufBytes& pad(size_t alignment = 32) {
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
    return *this;
  }
  GgufBytes& zeros(size_t count) {
    bytes.append(count, '\0');
    return *this;
  }

  std::string bytes;
};

}  // namespace limbeck::test
