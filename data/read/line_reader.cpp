#include "data/read/line_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/core/interrupt.h"

namespace limbeck::data {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 16;

int open_input(const std::filesystem::path& path) {
  if (path == "-") return ::dup(STDIN_FILENO);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw DataError(path.string() + ": cannot open: " + std::strerror(errno));
  struct stat info {};
  if (::fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(descriptor);
    throw DataError(path.string() + ": expected a file, got a directory");
  }
  return descriptor;
}

}  // namespace

struct LineReader::Stream {
  gzFile file = nullptr;
  std::vector<char> buffer = std::vector<char>(kBufferBytes);
  size_t begin = 0, end = 0;  // bytes of the buffer not yet handed out

  ~Stream() {
    if (file != nullptr) gzclose(file);
  }
};

LineReader::LineReader(const std::filesystem::path& path, size_t max_line_bytes)
    : stream_(std::make_unique<Stream>()),
      name_(path == "-" ? "standard input" : path.string()),
      max_line_bytes_(max_line_bytes) {
  const int descriptor = open_input(path);
  stream_->file = gzdopen(descriptor, "rb");
  if (stream_->file == nullptr) {
    ::close(descriptor);
    throw DataError(name_ + ": cannot open: not enough memory");
  }
  gzbuffer(stream_->file, kBufferBytes);
  if (!refill()) throw DataError(name_ + ": expected lines of text, got an empty file");
  const std::string_view start(stream_->buffer.data(), stream_->end);
  if (start.starts_with("\xEF\xBB\xBF")) stream_->begin = 3;
}

LineReader::~LineReader() = default;

bool LineReader::refill() {
  stop_if_interrupted();
  const int count = gzread(stream_->file, stream_->buffer.data(), kBufferBytes);
  int code = Z_OK;
  gzerror(stream_->file, &code);
  if (count < 0 || code == Z_BUF_ERROR) {
    stop_if_interrupted();  // the signal ended a blocking read
    const std::string text = code == Z_ERRNO       ? std::strerror(errno)
                             : code == Z_BUF_ERROR ? "the gzip stream ends early"
                                                   : "damaged gzip stream";
    throw DataError(name_ + ": cannot read after line " + std::to_string(line_number_) + ": " +
                    text + (code == Z_ERRNO ? "" : " (is the file complete?)"));
  }
  stream_->begin = 0;
  stream_->end = static_cast<size_t>(count);
  return count > 0;
}

bool LineReader::next(std::string& line) {
  line.clear();
  bool is_last = stream_->begin == stream_->end && !refill();
  if (is_last) return false;
  ++line_number_;
  while (!is_last) {
    const char* begin = stream_->buffer.data() + stream_->begin;
    const size_t available = stream_->end - stream_->begin;
    const void* line_end = std::memchr(begin, '\n', available);
    const size_t taken = line_end == nullptr
                             ? available
                             : static_cast<size_t>(static_cast<const char*>(line_end) - begin);
    line.append(begin, taken);
    if (line.size() > max_line_bytes_) fail(too_long(max_line_bytes_));
    stream_->begin += taken + (line_end != nullptr ? 1 : 0);
    if (line_end != nullptr) break;
    is_last = !refill();
  }
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (const std::optional<LineFault> fault = find_fault(line)) fail(*fault);
  return true;
}

void LineReader::fail(size_t column, const std::string& message) const {
  throw DataError(name_ + ":" + std::to_string(line_number_) + ":" + std::to_string(column) + ": " +
                  message);
}

}  // namespace limbeck::data
