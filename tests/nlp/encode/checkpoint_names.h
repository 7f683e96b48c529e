#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "nlp/tensor/safetensors.h"

namespace limbeck::test {

using Renaming = std::function<std::string(const std::string&)>;

/// One spelling of a BERT checkpoint's names.
struct NameStyle {
  const char* description;
  Renaming stored;  ///< from the usual name
};

inline std::string with_old_norms(const std::string& name) {
  const size_t dot = name.rfind('.');
  if (name.find("LayerNorm.") == std::string::npos) return name;
  return name.substr(0, dot) + (name.substr(dot) == ".weight" ? ".gamma" : ".beta");
}

inline std::vector<NameStyle> name_styles() {
  return {{"gamma and beta", with_old_norms},
          {"bert.", [](const std::string& name) { return "bert." + name; }},
          {"bert., gamma and beta",
           [](const std::string& name) { return "bert." + with_old_norms(name); }}};
}

/// Copies a BERT directory and gives its tensors other names.
inline void copy_renamed(const std::filesystem::path& from, const std::filesystem::path& to,
                         const Renaming& stored) {
  std::filesystem::create_directories(to);
  for (const char* name : {"config.json", "vocab.txt", "tokenizer_config.json"})
    std::filesystem::copy_file(from / name, to / name);
  const nlp::TensorStore store = nlp::TensorStore::open(from);
  std::vector<nlp::NamedTensor> tensors;
  for (const auto& [name, view] : store.tensors()) tensors.push_back({stored(name), view});
  nlp::write_safetensors(to / "model.safetensors", tensors, {{"format", "pt"}});
}

}  // namespace limbeck::test
