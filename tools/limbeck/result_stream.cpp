#include "tools/limbeck/result_stream.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nlp/core/errors.h"

namespace limbeck::tools {
namespace {

constexpr size_t kBufferBytes = size_t{64} << 10;

}  // namespace

void ResultStream::write(std::string_view text) {
  if (is_quiet_) return;
  buffer_ += text;
  if (buffer_.size() >= kBufferBytes) flush();
}

void ResultStream::flush() {
  for (size_t done = 0; done < buffer_.size();) {
    const ssize_t count = ::write(STDOUT_FILENO, buffer_.data() + done, buffer_.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EPIPE) throw ClosedPipe();
    if (count < 0)
      throw DataError(std::string("standard output: cannot write: ") + std::strerror(errno));
    done += static_cast<size_t>(count);
  }
  buffer_.clear();
}

void print_result(std::string_view text) {
  ResultStream out;
  out.write(text);
  out.flush();
}

}  // namespace limbeck::tools
