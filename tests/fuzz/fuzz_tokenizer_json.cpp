/// Law: any bytes are a tokenizer.json or a limbeck::Error; what loads gives the same ids both
/// ways.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "nlp/core/errors.h"
#include "nlp/text/word_piece_tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    const limbeck::nlp::WordPieceTokenizer tokenizer(
        limbeck::nlp::parse_tokenizer_json(text, "tokenizer.json"));
    const std::string_view sample = text.substr(0, 400);
    std::vector<int32_t> ids;
    tokenizer.append_ids(sample, sample.substr(sample.size() / 2), 64, ids);
    if (ids != tokenizer.encode(sample, sample.substr(sample.size() / 2), 64).ids) std::abort();
    tokenizer.decode(ids);
  } catch (const limbeck::Error&) {
  }
  return 0;
}
