#pragma once

#include <string>

#include "nlp/tensor/safetensors.h"

namespace limbeck::nlp {

inline constexpr const char* kBertWordTable = "embeddings.word_embeddings.weight";

/// The name by which a checkpoint holds a tensor of a Hugging Face BERT, where both may differ:
/// checkpoints of a BERT with a head carry the prefix "bert.", and conversions of the first
/// TensorFlow checkpoints call a layer norm's weight and bias "gamma" and "beta".
std::string bert_tensor_name(const TensorStore& store, const std::string& name);

}  // namespace limbeck::nlp
