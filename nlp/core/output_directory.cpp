#include "nlp/core/output_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

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
  is_new_ |= std::filesystem::create_directories(path_, code);
  if (code) throw DataError(path_.string() + ": cannot create: " + code.message());
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
      throw DataError(path_.string() + ": cannot write: " + std::strerror(code));
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
    throw DataError(path_.string() + ": cannot write: " + std::strerror(errno));
}

void OutputDirectory::release(bool removes_lock) {
  if (removes_lock) ::unlink((path_ / ".lock").c_str());
  if (is_new_) ::rmdir(path_.c_str());  // fails when something stands in it, as it should
  if (lock_ >= 0) ::close(lock_);
}

void OutputDirectory::clear() {
  const std::filesystem::path lock_file = path_ / ".lock";
  std::error_code ignored;
  std::vector<std::filesystem::path> old;
  for (const auto& entry : std::filesystem::directory_iterator(path_))
    if (entry.path() != lock_file) old.push_back(entry.path());
  for (const std::filesystem::path& path : old) std::filesystem::remove_all(path, ignored);
}

}  // namespace limbeck
