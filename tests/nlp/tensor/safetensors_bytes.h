#pragma once

#include <cstdint>
#include <string>

namespace limbeck::test {

/// A safetensors file with this header and these data, whatever they say.
inline std::string safetensors_bytes(const std::string& header, const std::string& data) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return bytes + header + data;
}

}  // namespace limbeck::test
