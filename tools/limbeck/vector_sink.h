#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "nlp/encode/sentence_encoder.h"
#include "tools/limbeck/result_stream.h"
#include "tools/limbeck/text_input.h"

namespace limbeck::tools {

/// Where sentence vectors go, chunk by chunk: the number of sentences need not be known.
class VectorSink {
 public:
  virtual ~VectorSink() = default;
  /// Row i of `vectors` belongs to texts[i].
  virtual void append(std::span<const InputText> texts, const nlp::VectorRows& vectors) = 0;
  /// Before this, a file does not appear under its name.
  virtual void commit() = 0;
};

/// A file by its ending: .npy (N, D) float32; .safetensors with the tensor "embeddings" (N, D) F32;
/// .jsonl with "text" and "vector" in each line (the keys of a JSONL input are kept). "-" is JSONL
/// on standard output. Throws: ConfigError for another ending; DataError when it cannot be written.
std::unique_ptr<VectorSink> open_vector_sink(const std::string& output, int64_t width,
                                             bool is_quiet);

/// Throws: ConfigError as open_vector_sink, before any work.
void require_vector_ending(const std::string& output);

}  // namespace limbeck::tools
