#include "nlp/core/output_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"

namespace limbeck {
namespace {

/// The owner that a lock file names, "?" when it does not.
std::string owner_of(int lock) {
  char owner[32] = {};
  return ::pread(lock, owner, sizeof owner - 1, 0) > 0 ? owner : "?";
}

/// True when `path` is still the name of the open file: its owner removes it before the lock is
/// free.
bool is_named(int descriptor, const std::filesystem::path& path) {
  struct stat open_file {
  }, named_file{};
  return ::fstat(descriptor, &open_file) == 0 && ::stat(path.c_str(), &named_file) == 0 &&
         open_file.st_dev == named_file.st_dev && open_file.st_ino == named_file.st_ino;
}

/// The directory nearest to the root that is to be made for `path`, itself when its parent is
/// there.
std::filesystem::path topmost_absent(std::filesystem::path path) {
  while (path.has_relative_path() && path.parent_path() != path && path.has_parent_path() &&
         !std::filesystem::exists(path.parent_path()))
    path = path.parent_path();
  return path;
}

/// Removes `path` and the directories above it up to `top`, as long as they are empty.
void remove_empty(std::filesystem::path path, const std::filesystem::path& top) {
  for (;; path = path.parent_path()) {
    if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return;
    if (path == top || !path.has_parent_path() || path.parent_path() == path) return;
  }
}

}  // namespace

OutputDirectory::OutputDirectory(std::filesystem::path path, ExistingOutput existing)
    : path_(std::move(path)) {
  if (std::filesystem::exists(path_) && !std::filesystem::is_directory(path_))
    throw ConfigError(path_.string() + ": expected a directory for --output, got a file");
  make();
  const bool made_lock = lock();
  try {
    take(existing);
  } catch (...) {
    release(made_lock);
    throw;
  }
}

OutputDirectory::~OutputDirectory() { release(true); }

void OutputDirectory::make() {
  std::error_code code;
  const std::filesystem::path top = topmost_absent(path_);
  const bool is_made = std::filesystem::create_directories(path_, code);
  if (code) throw DataError(path_.string() + ": cannot create: " + code.message());
  if (is_made && first_made_.empty()) first_made_ = top;
}

bool OutputDirectory::lock() {
  const std::filesystem::path lock_file = path_ / ".lock";
  for (int attempt = 0;; ++attempt) {
    lock_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    const bool is_made = lock_ >= 0;
    if (!is_made && errno == EEXIST) lock_ = ::open(lock_file.c_str(), O_RDWR | O_CLOEXEC);
    if (lock_ < 0 && errno == ENOENT &&
        attempt < 1000) {  // its owner removed the lock, or the empty directory
      make();
      continue;
    }
    if (lock_ < 0) {
      const int code = errno;
      release(false);
      throw DataError(path_.string() + ": cannot write: " + write_error_text(code));
    }
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      const std::string owner = owner_of(lock_);
      release(false);
      throw DataError(path_.string() + ": in use by process " + owner +
                      " (wait for it, or choose another --output)");
    }
    if (is_named(lock_, lock_file)) return is_made;
    ::close(lock_);
  }
}

void OutputDirectory::take(ExistingOutput existing) {
  const std::filesystem::path lock_file = path_ / ".lock";
  bool holds_files = false;
  for (const auto& entry : std::filesystem::directory_iterator(path_))
    holds_files |= entry.path() != lock_file;
  if (holds_files && existing == ExistingOutput::kRefuse)
    throw ConfigError(path_.string() +
                      ": not empty (give --overwrite to replace it or --resume to continue)");
  if (holds_files && existing == ExistingOutput::kOverwrite) clear();
  const std::string owner = std::to_string(::getpid());
  if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, owner.data(), owner.size(), 0) < 0)
    throw DataError(path_.string() + ": cannot write: " + write_error_text(errno));
}

void OutputDirectory::release(bool removes_lock) {
  if (removes_lock) ::unlink((path_ / ".lock").c_str());
  if (!first_made_.empty()) remove_empty(path_, first_made_);
  if (lock_ >= 0) ::close(lock_);
}

void OutputDirectory::clear() { clear_but({}); }

void OutputDirectory::replace_by(const std::filesystem::path& finished) {
  clear_but(finished.filename());
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(finished)) {
    std::filesystem::rename(entry.path(), path_ / entry.path().filename(), code);
    if (code) throw DataError(entry.path().string() + ": cannot rename: " + code.message());
  }
  std::filesystem::remove(finished, code);
}

void OutputDirectory::clear_but(const std::filesystem::path& kept) {
  std::error_code ignored;
  std::vector<std::filesystem::path> old;
  for (const auto& entry : std::filesystem::directory_iterator(path_))
    if (entry.path().filename() != ".lock" && entry.path().filename() != kept)
      old.push_back(entry.path());
  for (const std::filesystem::path& path : old) std::filesystem::remove_all(path, ignored);
}

}  // namespace limbeck
