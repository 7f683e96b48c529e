#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace limbeck {

/// A file that appears whole or not at all: written to a temporary name beside it, then fsync and
/// rename on commit(). Destroyed without commit(), it leaves nothing behind.
class AtomicFile {
 public:
  /// Throws: DataError when the directory is absent or not writable, or when something that is no
  /// file (a device, a pipe, a directory) has the name.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws: DataError `path: cannot write: No space left on device`.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Replaces bytes that were already written, such as a header with a count; write() goes on at
  /// the end.
  void overwrite(size_t offset, std::string_view text);
  void commit();

 private:
  [[noreturn]] void fail(const char* action);

  std::filesystem::path path_;
  std::string temporary_;
  int descriptor_ = -1;
};

/// What the system says of a failed write; where the disk is full, what to do too.
std::string write_error_text(int code);

/// Throws: DataError, as AtomicFile would, without writing anything.
void require_writable(const std::filesystem::path& path);

/// Removes the temporary files of AtomicFile, below a directory that no other process writes to: a
/// process that is killed cannot remove them itself.
void remove_unfinished_files(const std::filesystem::path& directory);

/// Writes a whole file atomically.
void write_file_atomic(const std::filesystem::path& path, std::string_view text);

/// Reads a whole file. Throws: DataError.
std::string read_file(const std::filesystem::path& path);

/// Moves a finished directory to its name, replacing an older one; a crash leaves the old or the
/// new one, never a mix.
void replace_directory(const std::filesystem::path& finished, const std::filesystem::path& target);

}  // namespace limbeck
