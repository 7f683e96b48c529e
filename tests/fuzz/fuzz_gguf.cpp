/// Law: any bytes are a valid GGUF file or an error; tensors that were accepted can be read to
/// their last byte.

#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/tensor/affine_blocks.h"
#include "nlp/tensor/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace limbeck::nlp;
  try {
    size_t total = 0;
    const GgufContent content = parse_gguf(std::as_bytes(std::span(data, size)), "fuzz");
    for (const auto& [name, tensor] : content.tensors) {
      std::vector<float> values(static_cast<size_t>(tensor.element_count()));
      dequantise(tensor.type, tensor.bytes, values);
      const int64_t width = tensor.shape.empty() ? 0 : tensor.shape.back();
      if (width > 0) stored_blocks(tensor.type, tensor.bytes, width);
      total += tensor.bytes.size();
    }
    for (const auto& [key, value] : content.metadata)
      if (const auto* numbers = std::get_if<GgufNumbers>(&value.data))
        for (int64_t i = 0; i < numbers->count; ++i) {
          numbers->integer(i);
          numbers->real(i);
        }
    if (total > size) std::abort();
  } catch (const limbeck::Error&) {
  }
  return 0;
}
