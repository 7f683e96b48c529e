/// Law: any bytes are a certificate that is checked to its end, or a DataError or NotCertified.
/// Input: a line of two numbers (bytes of the JSON, bytes of the tensors), then JSON, tensors and
/// model file, which holds the inputs too; the vocabulary is that of the seed. Hashes are not
/// looked at, so that what is behind them is reached.

#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/tensor/safetensors_header.h"
#include "verify/certificate/check.h"

namespace {

const std::vector<std::string> kVocabulary = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]",
                                              "good",  "nice",  "bad",   "film"};

void check(std::string_view text) {
  const size_t line = text.find('\n');
  if (line == std::string_view::npos || line > 40) return;
  size_t json_bytes = 0, tensor_bytes = 0;
  if (std::sscanf(std::string(text.substr(0, line)).c_str(), "%zu %zu", &json_bytes,
                  &tensor_bytes) != 2)
    return;
  text.remove_prefix(line + 1);
  if (json_bytes > text.size() || tensor_bytes > text.size() - json_bytes) return;
  const nlohmann::json json = nlohmann::json::parse(text.substr(0, json_bytes), nullptr, false);
  if (json.is_discarded()) return;
  const auto tensors = limbeck::nlp::parse_safetensors(
      std::as_bytes(std::span(text.substr(json_bytes, tensor_bytes))), "tensors");
  const auto model = limbeck::nlp::parse_safetensors(
      std::as_bytes(std::span(text.substr(json_bytes + tensor_bytes))), "model");
  const auto checked = limbeck::verify::check_certificate(limbeck::verify::parse_certificate(
      json, {tensors.tensors, model.tensors, model.tensors, kVocabulary}, "fuzz"));
  if (!(checked.margin > 0)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    check({reinterpret_cast<const char*>(data), size});
  } catch (const limbeck::Error&) {
  }
  return 0;
}
