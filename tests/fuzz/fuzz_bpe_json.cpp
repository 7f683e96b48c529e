/// Law: any text is a byte-level BPE or an error; a tokenizer that was accepted encodes any text,
/// and its ids are within its vocabulary.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nlp/core/errors.h"
#include "nlp/text/bpe_tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace limbeck::nlp;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const WordPattern pattern :
       {WordPattern::kGpt2, WordPattern::kGpt2Digits, WordPattern::kLlama3, WordPattern::kQwen2}) {
    std::vector<size_t> ends;
    cut_words(pattern, text, ends);
    size_t before = 0;
    for (const size_t end : ends) {
      if (end <= before || end > size) std::abort();
      before = end;
    }
    if (before != size) std::abort();
  }
  try {
    const BpeTokenizer tokenizer(parse_bpe_json(text, "fuzz"), "fuzz");
    std::vector<int32_t> ids;
    tokenizer.append_ids(text.substr(0, 2000), std::nullopt, 1 << 30, ids);
    for (const int32_t id : ids)
      if (id < 0 || id >= tokenizer.vocabulary_size()) std::abort();
    tokenizer.decode(ids);
  } catch (const limbeck::Error&) {
  }
  return 0;
}
