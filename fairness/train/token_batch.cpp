#include "fairness/train/token_batch.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "fairness/train/next_token_loss.h"

namespace limbeck::fairness {

TokenBatch next_token_batch(std::span<const std::span<const int32_t>> texts, bool keeps_last) {
  size_t longest = 0;
  for (const auto& text : texts) longest = std::max(longest, text.size());
  if (!keeps_last) --longest;
  const auto rows = static_cast<int64_t>(texts.size()), width = static_cast<int64_t>(longest);
  TokenBatch batch{at::zeros({rows, width}, at::kLong),
                   at::full({rows, width}, kNoTarget, at::kLong)};
  int64_t* ids = batch.ids.mutable_data_ptr<int64_t>();
  int64_t* targets = batch.targets.mutable_data_ptr<int64_t>();
  for (size_t row = 0; row < texts.size(); ++row)
    for (size_t t = 0; t < std::min(texts[row].size(), longest); ++t) {
      const bool is_last = t + 1 == texts[row].size();
      if (is_last && !keeps_last) continue;
      ids[row * longest + t] = texts[row][t];
      if (!is_last) targets[row * longest + t] = texts[row][t + 1];
    }
  return batch;
}

at::Tensor padded_ids(std::span<const std::vector<int32_t>> texts) {
  size_t longest = 0;
  for (const std::vector<int32_t>& text : texts) longest = std::max(longest, text.size());
  const auto rows = static_cast<int64_t>(texts.size()), width = static_cast<int64_t>(longest);
  at::Tensor ids = at::zeros({rows, width}, at::kLong);
  int64_t* out = ids.mutable_data_ptr<int64_t>();
  for (size_t row = 0; row < texts.size(); ++row)
    std::copy(texts[row].begin(), texts[row].end(), out + row * longest);
  return ids;
}

}  // namespace limbeck::fairness
