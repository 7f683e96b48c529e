#include "fairness/train/next_token_loss.h"

#include <ATen/ATen.h>

#include "nlp/core/errors.h"

namespace limbeck::fairness {

at::Tensor next_token_loss(nlp::CausalTransformer& transformer, const at::Tensor& normed,
                           const at::Tensor& targets) {
  const at::Tensor flat = targets.reshape({-1});
  const at::Tensor scored = (flat != kNoTarget).nonzero().squeeze(1);
  if (scored.numel() == 0) throw ShapeError("next_token_loss: expected a target, got none");
  const at::Tensor rows = normed.reshape({-1, normed.size(-1)});
  const bool is_all = scored.numel() == flat.numel();
  const at::Tensor logits = transformer->logits(is_all ? rows : rows.index_select(0, scored));
  return at::cross_entropy_loss(logits, is_all ? flat : flat.index_select(0, scored));
}

int64_t target_count(const at::Tensor& targets) {
  return (targets != kNoTarget).sum().item<int64_t>();
}

}  // namespace limbeck::fairness
