/// Law: any bytes are a valid file or a DataError; tensors that were accepted can be read to their
/// last byte.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "nlp/core/errors.h"
#include "nlp/tensor/npy.h"
#include "nlp/tensor/safetensors_header.h"

namespace {

using limbeck::nlp::TensorView;

void read_every_value(const TensorView& tensor) {
  if (limbeck::nlp::byte_count(tensor.shape, tensor.dtype) != tensor.bytes.size()) std::abort();
  try {
    limbeck::nlp::to_float32(tensor);
  } catch (const limbeck::DataError&) {
    // An integer dtype.
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
  try {
    size_t total = 0;
    const auto content = limbeck::nlp::parse_safetensors(bytes, "fuzz");
    for (const auto& [name, tensor] : content.tensors) {
      read_every_value(tensor);
      total += tensor.bytes.size();
    }
    if (total > size) std::abort();
  } catch (const limbeck::Error&) {
  }
  try {
    read_every_value(limbeck::nlp::parse_npy(bytes, "fuzz").view());
  } catch (const limbeck::Error&) {
  }
  return 0;
}
