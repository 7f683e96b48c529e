#include "nlp/core/atomic_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"

namespace limbeck {
namespace {

void sync_directory(const std::filesystem::path& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

constexpr std::string_view kTemporaryPart = ".tmp-";
constexpr std::string_view kTemporaryPattern = "XXXXXX";  // of mkostemp: letters and digits

bool is_temporary_name(const std::string& name) {
  const size_t suffix = kTemporaryPart.size() + kTemporaryPattern.size();
  if (name.size() <= suffix) return false;
  const std::string_view end = std::string_view(name).substr(name.size() - suffix);
  return end.starts_with(kTemporaryPart) &&
         std::ranges::all_of(end.substr(kTemporaryPart.size()),
                             [](unsigned char c) { return std::isalnum(c) != 0; });
}

std::filesystem::path parent_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

std::string write_error_text(int code) {
  const bool is_full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  return std::string(std::strerror(code)) +
         (is_full ? " (make room; --resume goes on with a run that has begun)" : "");
}

void require_writable(const std::filesystem::path& path) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
    throw DataError(path.string() + ": cannot write: " +
                    (std::filesystem::is_directory(status) ? "is a directory"
                                                           : "is a device or a pipe, not a file"));
  const std::filesystem::path parent = parent_of(path);
  if (std::filesystem::exists(parent, ignored) && !std::filesystem::is_directory(parent, ignored))
    throw DataError(path.string() + ": cannot write: " + parent.string() + " is not a directory");
  if (::access(parent.c_str(), W_OK | X_OK) != 0)
    throw DataError(path.string() + ": cannot write: " + write_error_text(errno));
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  require_writable(path_);
  temporary_ = path_.string();
  temporary_ += kTemporaryPart;
  temporary_ += kTemporaryPattern;
  descriptor_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (descriptor_ < 0) {
    const int code = errno;
    temporary_.clear();
    throw DataError(path_.string() + ": cannot write: " + write_error_text(code));
  }
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::fail(const char* action) {
  throw DataError(path_.string() + ": cannot " + action + ": " + write_error_text(errno));
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  const std::byte* next = bytes.data();
  size_t left = bytes.size();
  while (left > 0) {
    const ssize_t written = ::write(descriptor_, next, left);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    next += written;
    left -= static_cast<size_t>(written);
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::overwrite(size_t offset, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, text.data(), text.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    offset += static_cast<size_t>(written);
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void AtomicFile::commit() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  ::fchmod(descriptor_, 0666 & ~mask);  // mkostemp made it private
  if (::fsync(descriptor_) != 0) fail("write");
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail("write");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename");
  temporary_.clear();
  sync_directory(parent_of(path_));
}

void remove_unfinished_files(const std::filesystem::path& directory) {
  std::error_code ignored;
  std::vector<std::filesystem::path> unfinished;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, ignored))
    if (entry.is_regular_file(ignored) && is_temporary_name(entry.path().filename().string()))
      unfinished.push_back(entry.path());
  for (const std::filesystem::path& path : unfinished) std::filesystem::remove(path, ignored);
}

void write_file_atomic(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

std::string read_file(const std::filesystem::path& path) {
  return std::string(MappedFile(path).text());
}

void replace_directory(const std::filesystem::path& finished, const std::filesystem::path& target) {
  sync_directory(finished);
  std::error_code ignored;
  if (std::filesystem::exists(target)) {
    // Exchanges both names in one step, so that a reader finds a whole directory at any moment.
    if (::renameat2(AT_FDCWD, finished.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0) {
      std::filesystem::remove_all(finished, ignored);
      sync_directory(parent_of(target));
      return;
    }
    std::filesystem::remove_all(target, ignored);
  }
  std::error_code code;
  std::filesystem::rename(finished, target, code);
  if (code) throw DataError(target.string() + ": cannot rename: " + code.message());
  sync_directory(parent_of(target));
}

}  // namespace limbeck
