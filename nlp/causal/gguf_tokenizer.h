#pragma once

#include <memory>

#include "nlp/text/bpe_tokenizer.h"

namespace limbeck::nlp {

class GgufFile;

/// The tokenizer that a GGUF file carries: tokenizer.ggml.model "gpt2" (byte-level BPE) with one of
/// the known word patterns (tokenizer.ggml.pre).
/// Throws: DataError naming the key; UnsupportedError for another model or pattern.
std::unique_ptr<BpeTokenizer> gguf_tokenizer(const GgufFile& file);

}  // namespace limbeck::nlp
