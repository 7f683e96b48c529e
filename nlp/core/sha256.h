#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace limbeck {

/// Incremental SHA-256 (OpenSSL's, which uses the processor's instructions).
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text) { update(std::as_bytes(std::span(text))); }
  /// Lower-case hexadecimal digest; ends the stream.
  std::string hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string sha256_hex(std::string_view text);
/// Throws: DataError when the file cannot be read.
std::string sha256_hex_of_file(const std::filesystem::path& path);

}  // namespace limbeck
