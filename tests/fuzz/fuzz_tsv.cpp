/// Law: any bytes are rows of a task, or a limbeck::Error; plain, gzip, TSV and JSON lines alike.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "data/corpus.h"
#include "data/read/jsonl_reader.h"
#include "data/task.h"
#include "nlp/core/errors.h"
#include "nlp/text/utf8.h"

namespace {

namespace data = limbeck::data;

/// The bytes under a path, without a disk.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* bytes, size_t size) : descriptor_(::memfd_create("fuzz", 0)) {
    if (descriptor_ < 0 || ::write(descriptor_, bytes, size) != static_cast<ssize_t>(size))
      std::abort();
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

template <class Call>
void attempt(Call&& call) {
  try {
    call();
  } catch (const limbeck::Error&) {
  }
}

void require_valid(const std::vector<data::Example>& examples, const data::Task& task) {
  for (const data::Example& example : examples) {
    if (limbeck::nlp::first_invalid_utf8(example.text) != std::string::npos) std::abort();
    if (example.label >= static_cast<int>(task.labels.size())) std::abort();
    if (example.pair.has_value() != task.is_pair) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const MemoryFile file(bytes, size);
  attempt([&] {
    const data::CustomTask custom = data::load_tsv_task(file.path(), file.path());
    require_valid(custom.train, custom.task);
  });
  attempt([&] {
    const data::Task& task = data::find_task("sst2");
    require_valid(data::load_tsv_examples(file.path(), task), task);
  });
  attempt([&] { data::read_corpus({file.path()}, {.min_words = 2, .max_words = 5}); });
  attempt([&] {
    data::JsonlReader reader(file.path());
    nlohmann::json object;
    while (reader.next(object)) {
      object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);  // as embed does
      reader.text(object, "text");
    }
  });
  return 0;
}
