#include "nlp/model/step_random.h"

#include <ATen/ATen.h>

#include <cmath>
#include <string>

#include "nlp/core/errors.h"
#include "nlp/core/random_stream.h"
#include "nlp/core/threads.h"

namespace limbeck::nlp {

at::Tensor StepRandom::dropout_mask(at::IntArrayRef shape, double p, std::string_view site,
                                    const at::TensorOptions& options) const {
  if (!(p >= 0.0 && p < 1.0))
    throw ConfigError("dropout: expected a probability in [0, 1), got " + std::to_string(p));
  const std::string name = "dropout/" + std::to_string(step_) + "/" + std::string(site);
  const auto threshold = static_cast<uint32_t>(std::lround(p * 65536.0));
  const auto kept = static_cast<float>(65536.0 / (65536.0 - threshold));
  at::Tensor mask = at::empty(shape, at::kFloat);
  float* out = mask.mutable_data_ptr<float>();
  const int64_t count = mask.numel(), words = (count + 1) / 2;  // a word decides on two places
  parallel_for(words, 4096, [&](int64_t begin, int64_t end) {
    RandomStream stream(seed_, name);
    stream.seek(static_cast<uint64_t>(begin));
    for (int64_t word = begin; word < end; ++word) {
      const uint32_t bits = stream.next_u32();
      out[2 * word] = (bits & 0xffff) < threshold ? 0.0f : kept;
      if (2 * word + 1 < count) out[2 * word + 1] = (bits >> 16) < threshold ? 0.0f : kept;
    }
  });
  return mask.to(options.device(), c10::typeMetaToScalarType(options.dtype()));
}

at::Tensor StepRandom::dropout(const at::Tensor& x, double p, std::string_view site) const {
  if (p == 0.0) return x;
  return x * dropout_mask(x.sizes(), p, site, x.options());
}

}  // namespace limbeck::nlp
