#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nlp/tensor/safetensors.h"

namespace limbeck::test {

/// Copies a model directory with value 5 of one float32 tensor replaced.
inline void copy_with_weight(const std::filesystem::path& from, const std::filesystem::path& to,
                             const std::string& name, float value) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to);
  const nlp::TensorStore store = nlp::TensorStore::open(from);
  std::vector<float> values = nlp::to_float32(store.at(name));
  values.at(5) = value;
  std::vector<nlp::NamedTensor> tensors;
  for (const auto& [other, view] : store.tensors()) tensors.push_back({other, view});
  for (nlp::NamedTensor& tensor : tensors)
    if (tensor.name == name) tensor.tensor.bytes = std::as_bytes(std::span(values));
  nlp::write_safetensors(to / "model.safetensors", tensors, {{"format", "pt"}});
}

}  // namespace limbeck::test
