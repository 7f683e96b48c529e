#include "nlp/model/decoder_layer.h"

#include <ATen/ATen.h>

namespace limbeck::nlp {

at::Tensor TextDropout::operator()(const at::Tensor& x, const std::string& site) const {
  if (random == nullptr || probability == 0) return x;
  return x * random->dropout_mask({x.size(0), 1, x.size(2)}, probability, site, x.options());
}

at::Tensor DecoderLayerImpl::forward(const at::Tensor& x, const RotaryTensors& rotary,
                                     const TextDropout& dropout) {
  const at::Tensor attended = x + dropout(attend(x, rotary), site_ + "/attention");
  return attended + dropout(feed_forward(attended), site_ + "/feed_forward");
}

at::Tensor split_heads(const at::Tensor& rows, int64_t count, int64_t width) {
  return rows.view({rows.size(0), rows.size(1), count, width}).transpose(1, 2);
}

at::Tensor causal_attention(const at::Tensor& query, const at::Tensor& key,
                            const at::Tensor& value) {
  const at::Tensor context =
      at::scaled_dot_product_attention(query, key, value, {}, /*dropout_p=*/0, /*is_causal=*/true);
  return context.transpose(1, 2).reshape(
      {query.size(0), query.size(2), query.size(1) * query.size(3)});
}

}  // namespace limbeck::nlp
