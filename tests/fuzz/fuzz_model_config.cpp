/// Law: a model directory whose JSON files hold any bytes is read or refused by a one-line
/// limbeck::Error. The input's sections, each begun by a line `== NAME`, are the files.

#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "nlp/causal/causal_config.h"
#include "nlp/core/errors.h"
#include "nlp/encode/bert_config.h"
#include "nlp/encode/bilstm_config.h"
#include "nlp/encode/dense_modules.h"
#include "nlp/encode/hugging_face_head.h"
#include "nlp/encode/sentence_pooling.h"
#include "nlp/tensor/safetensors.h"

namespace {

namespace fs = std::filesystem;

constexpr const char* kFiles[] = {"config.json",
                                  "modules.json",
                                  "1_Pooling/config.json",
                                  "2_Dense/config.json",
                                  "sentence_bert_config.json",
                                  "model.safetensors.index.json"};

/// A directory of this process, made once and emptied at its end.
const fs::path& folder() {
  struct Scratch {
    fs::path path =
        fs::temp_directory_path() / ("limbeck-fuzz-model-" + std::to_string(::getpid()));
    Scratch() { fs::create_directories(path / "1_Pooling"), create_directories(path / "2_Dense"); }
    ~Scratch() {
      std::error_code ignored;
      fs::remove_all(path, ignored);
    }
  };
  static const Scratch scratch;
  return scratch.path;
}

/// The text under `== name`, up to the next section.
std::string_view section(std::string_view input, const std::string& name) {
  const std::string line = "== " + name + "\n";
  const size_t at = input.find(line);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = input.substr(at + line.size());
  return rest.substr(0, rest.find("\n== "));
}

template <class Read>
void attempt(const Read& read) {
  try {
    read();
  } catch (const limbeck::Error& error) {
    if (std::string_view(error.what()).find('\n') != std::string_view::npos) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace limbeck::nlp;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const char* name : kFiles) {
    const std::string_view text = section(input, name);
    fs::remove(folder() / name);
    if (text.data() != nullptr) std::ofstream(folder() / name, std::ios::binary) << text;
  }
  attempt([] { read_sentence_pooling(folder(), read_bert_config(folder())); });
  attempt([] { DenseModules(read_sentence_pooling(folder(), BertConfig()).dense); });
  attempt([] { read_bilstm_config(folder()); });
  attempt([] { read_head_config(folder()); });
  attempt([] { read_hugging_face_head(folder()); });
  attempt([] { read_causal_config(folder()); });
  attempt([] { TensorStore::open(folder()); });
  return 0;
}
