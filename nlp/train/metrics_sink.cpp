#include "nlp/train/metrics_sink.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw DataError(path.string() + ": cannot write: " + write_error_text(errno));
}

}  // namespace

JsonlMetricsSink::JsonlMetricsSink(std::filesystem::path path)
    : path_(std::move(path)),
      descriptor_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) fail(path_);
}

JsonlMetricsSink::~JsonlMetricsSink() { ::close(descriptor_); }

void JsonlMetricsSink::write(const nlohmann::ordered_json& row) {
  const std::string line = row.dump() + "\n";
  for (size_t done = 0; done < line.size();) {
    const ssize_t written = ::write(descriptor_, line.data() + done, line.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path_);
    done += static_cast<size_t>(written);
  }
}

int64_t JsonlMetricsSink::position() {
  if (::fsync(descriptor_) != 0) fail(path_);
  const off_t end = ::lseek(descriptor_, 0, SEEK_END);
  if (end < 0) fail(path_);
  return end;
}

void JsonlMetricsSink::resume_at(int64_t position) {
  const off_t end = ::lseek(descriptor_, 0, SEEK_END);
  if (end < position)
    throw DataError(path_.string() + ": expected at least " + std::to_string(position) +
                    " bytes, as the checkpoint says, got " + std::to_string(end) +
                    " (start anew with --overwrite)");
  if (::ftruncate(descriptor_, position) != 0) fail(path_);
}

}  // namespace limbeck::nlp
