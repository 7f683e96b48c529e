#include "nlp/report/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"

namespace limbeck::nlp {

AppendFile::AppendFile(std::filesystem::path path, uint64_t kept_bytes) : path_(std::move(path)) {
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail();
  if (::ftruncate(descriptor_, static_cast<off_t>(kept_bytes)) != 0) {
    const int code = errno;
    ::close(descriptor_);
    errno = code;
    fail();
  }
}

AppendFile::~AppendFile() { ::close(descriptor_); }

void AppendFile::fail() {
  throw DataError(path_.string() + ": cannot write: " + write_error_text(errno));
}

void AppendFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

void AppendFile::sync() {
  if (::fsync(descriptor_) != 0) fail();
}

}  // namespace limbeck::nlp
