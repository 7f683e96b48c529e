#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace limbeck::nlp {

inline constexpr const char* kBertWordTable = "embeddings.word_embeddings.weight";

/// What stands before the names of a Hugging Face BERT in `tensors` (anything with contains()):
/// checkpoints of a BERT with a head say "bert.".
template <class Tensors>
std::string bert_prefix(const Tensors& tensors) {
  const std::string prefixed = std::string("bert.") + kBertWordTable;
  return tensors.contains(prefixed) && !tensors.contains(kBertWordTable) ? "bert." : "";
}

/// The name by which `tensors` hold a tensor of a Hugging Face BERT: with the prefix, and as
/// conversions of the first TensorFlow checkpoints call a layer norm's weight and bias, "gamma" and
/// "beta".
template <class Tensors>
std::string bert_tensor_name(const Tensors& tensors, const std::string& name) {
  constexpr std::pair<std::string_view, std::string_view> kOldNames[] = {
      {"LayerNorm.weight", "gamma"}, {"LayerNorm.bias", "beta"}};
  const std::string usual = bert_prefix(tensors) + name;
  for (const auto& [ending, old_word] : kOldNames) {
    if (!usual.ends_with(ending)) continue;
    const std::string old = usual.substr(0, usual.rfind('.') + 1) + std::string(old_word);
    if (tensors.contains(old)) return old;
  }
  return usual;
}

}  // namespace limbeck::nlp
