#pragma once

#include <filesystem>
#include <memory>

#include "nlp/encode/sentence_encoder.h"

namespace limbeck::distill {

/// Loads a student directory (format: nlp/encode/bilstm_config.h) for inference without LibTorch.
///
/// Law:     float32 vectors differ from those of the trained model by at most 1e-5. At every
/// precision a sentence's
///          vector is the same, bit for bit, alone and in any batch, at any number of threads.
/// Precision: float32; bfloat16 rounds the weights and computes in float32; int8 holds embeddings,
/// LSTM, attention and
///          projection as bytes (symmetric, one scale a row) and quantises activations by row.
/// Throws:  DataError for a missing file, tensor or key, a wrong shape, or a tokenizer that does
/// not fit.
std::unique_ptr<nlp::SentenceEncoder> load_student(
    const std::filesystem::path& directory, nlp::Precision precision = nlp::Precision::kFloat32);

}  // namespace limbeck::distill
