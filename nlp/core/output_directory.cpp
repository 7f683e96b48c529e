#include "nlp/core/output_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck {

OutputDirectory::OutputDirectory(std::filesystem::path path, ExistingOutput existing) : path_(std::move(path)) {
  namespace fs = std::filesystem;
  std::error_code code;
  if (fs::exists(path_) && !fs::is_directory(path_))
    throw ConfigError(path_.string() + ": expected a directory for --output, got a file");
  is_new_ = fs::create_directories(path_, code);
  if (code) throw DataError(path_.string() + ": cannot create: " + code.message());
  const fs::path lock_file = path_ / ".lock";
  lock_ = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (lock_ < 0) throw DataError(path_.string() + ": cannot write: " + std::strerror(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    char owner[32] = {};
    const ssize_t length = ::pread(lock_, owner, sizeof owner - 1, 0);
    ::close(lock_);
    throw DataError(path_.string() + ": in use by process " + (length > 0 ? std::string(owner) : "?") +
                    " (wait for it, or choose another --output)");
  }
  bool holds_files = false;
  for (const auto& entry : fs::directory_iterator(path_)) holds_files |= entry.path() != lock_file;
  if (holds_files && existing == ExistingOutput::kRefuse) {
    ::close(lock_);
    throw ConfigError(path_.string() + ": not empty (give --overwrite to replace it or --resume to continue)");
  }
  if (holds_files && existing == ExistingOutput::kOverwrite) clear();
  const std::string owner = std::to_string(::getpid());
  if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, owner.data(), owner.size(), 0) < 0) {
    ::close(lock_);
    throw DataError(path_.string() + ": cannot write: " + std::strerror(errno));
  }
}

void OutputDirectory::clear() {
  const std::filesystem::path lock_file = path_ / ".lock";
  std::error_code ignored;
  std::vector<std::filesystem::path> old;
  for (const auto& entry : std::filesystem::directory_iterator(path_))
    if (entry.path() != lock_file) old.push_back(entry.path());
  for (const std::filesystem::path& path : old) std::filesystem::remove_all(path, ignored);
}

OutputDirectory::~OutputDirectory() {
  ::unlink((path_ / ".lock").c_str());
  if (is_new_) ::rmdir(path_.c_str());  // fails when something stands in it, as it should
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace limbeck
