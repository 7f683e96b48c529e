/// Law: any text is an options struct that validates, or a one-line limbeck::Error; what was read
/// is written back equal.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "data/corpus.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/options.h"

namespace {

/// Every kind of field that options have, one of them nested.
struct SampleOptions {
  std::string name = "x";
  double rate = 0.5;
  int32_t count = 3;
  std::vector<std::string> words;
  limbeck::data::CorpusOptions corpus;

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("name", self.name, "text");
    visit("rate", self.rate, "number");
    visit("count", self.count, "integer");
    visit("words", self.words, "list");
    visit("corpus", self.corpus, "nested");
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const nlohmann::json json = limbeck::parse_json(text, "fuzz");
    SampleOptions options, again;
    limbeck::options_from_json(options, json, "fuzz");
    const nlohmann::ordered_json written = limbeck::options_to_json(options);
    limbeck::options_from_json(again, written, "fuzz");
    if (limbeck::options_to_json(again) != written) std::abort();
    options.corpus.validate();
  } catch (const limbeck::Error&) {
  }
  return 0;
}
