#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace limbeck {

/// A whole file, mapped read-only; the views are valid while the object lives.
class MappedFile {
 public:
  /// Throws: DataError when the path is absent, a directory, or cannot be opened.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  size_t size() const { return size_; }
  std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(data_), size_}; }
  std::string_view text() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace limbeck
