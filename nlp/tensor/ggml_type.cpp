#include "nlp/tensor/ggml_type.h"

#include <iterator>

namespace limbeck::nlp {
namespace {

constexpr GgmlLayout kLayouts[] = {
    {GgmlType::kF32, "F32", 1, 4},       {GgmlType::kF16, "F16", 1, 2},
    {GgmlType::kBF16, "BF16", 1, 2},     {GgmlType::kQ4_0, "Q4_0", 32, 18},
    {GgmlType::kQ4_1, "Q4_1", 32, 20},   {GgmlType::kQ5_0, "Q5_0", 32, 22},
    {GgmlType::kQ5_1, "Q5_1", 32, 24},   {GgmlType::kQ8_0, "Q8_0", 32, 34},
    {GgmlType::kQ2_K, "Q2_K", 256, 84},  {GgmlType::kQ3_K, "Q3_K", 256, 110},
    {GgmlType::kQ4_K, "Q4_K", 256, 144}, {GgmlType::kQ5_K, "Q5_K", 256, 176},
    {GgmlType::kQ6_K, "Q6_K", 256, 210},
};

/// Names by number, of the types that are not read too; nullptr where the format has none.
constexpr const char* kNames[] = {
    "F32",     "F16",    "Q4_0",    "Q4_1",  nullptr,  nullptr, "Q5_0",  "Q5_1",
    "Q8_0",    "Q8_1",   "Q2_K",    "Q3_K",  "Q4_K",   "Q5_K",  "Q6_K",  "Q8_K",
    "IQ2_XXS", "IQ2_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ2_S", "IQ4_XS",
    "I8",      "I16",    "I32",     "I64",   "F64",    "IQ1_M", "BF16",  nullptr,
    nullptr,   nullptr,  "TQ1_0",   "TQ2_0", nullptr,  nullptr, nullptr, "MXFP4"};

}  // namespace

const GgmlLayout& ggml_layout(GgmlType type) {
  for (const GgmlLayout& layout : kLayouts)
    if (layout.type == type) return layout;
  return kLayouts[0];  // every enumerator has a row (tested)
}

std::optional<GgmlType> find_ggml_type(uint32_t number) {
  for (const GgmlLayout& layout : kLayouts)
    if (static_cast<uint32_t>(layout.type) == number) return layout.type;
  return std::nullopt;
}

std::string ggml_type_name(uint32_t number) {
  if (number < std::size(kNames) && kNames[number] != nullptr) return kNames[number];
  return "type " + std::to_string(number);
}

std::string known_ggml_types() {
  std::string names;
  for (const GgmlLayout& layout : kLayouts)
    names += (names.empty() ? "" : ", ") + std::string(layout.name);
  return names;
}

}  // namespace limbeck::nlp
