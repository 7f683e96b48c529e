#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace limbeck::nlp {

/// A file that grows at its end. Throws: DataError `path: cannot write: ...` from every call.
class AppendFile {
 public:
  /// Creates the file, or cuts an existing one to `kept_bytes`.
  AppendFile(std::filesystem::path path, uint64_t kept_bytes);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  void write(std::string_view bytes);
  /// fsync.
  void sync();

 private:
  [[noreturn]] void fail();

  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace limbeck::nlp
