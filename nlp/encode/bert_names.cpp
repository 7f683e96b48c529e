#include "nlp/encode/bert_names.h"

#include <string_view>
#include <utility>

namespace limbeck::nlp {
namespace {

constexpr const char* kPrefix = "bert.";
constexpr std::pair<std::string_view, std::string_view> kOldNames[] = {
    {"LayerNorm.weight", "gamma"}, {"LayerNorm.bias", "beta"}};

std::string prefix_of(const TensorStore& store) {
  return store.contains(std::string(kPrefix) + kBertWordTable) && !store.contains(kBertWordTable)
             ? kPrefix
             : "";
}

}  // namespace

std::string bert_tensor_name(const TensorStore& store, const std::string& name) {
  const std::string usual = prefix_of(store) + name;
  for (const auto& [ending, old_word] : kOldNames) {
    if (!usual.ends_with(ending)) continue;
    const std::string old = usual.substr(0, usual.rfind('.') + 1) + std::string(old_word);
    if (store.contains(old)) return old;
  }
  return usual;
}

}  // namespace limbeck::nlp
