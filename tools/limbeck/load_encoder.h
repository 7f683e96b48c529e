#pragma once

#include <filesystem>
#include <memory>

#include "nlp/encode/sentence_encoder.h"

namespace limbeck::tools {

/// The sentence encoder of a model directory, teacher or student, for inference on the CPU.
/// Throws: as its loader; UnsupportedError for another architecture.
std::unique_ptr<nlp::SentenceEncoder> load_encoder(const std::filesystem::path& model_directory,
                                                   nlp::Precision precision);

}  // namespace limbeck::tools
