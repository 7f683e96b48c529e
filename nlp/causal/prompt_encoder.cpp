#include "nlp/causal/prompt_encoder.h"

#include <algorithm>
#include <limits>

#include "nlp/text/bpe_tokenizer.h"

namespace limbeck::nlp {
namespace {

constexpr int32_t kNoLimit = std::numeric_limits<int32_t>::max();

}  // namespace

PromptEncoder::PromptEncoder(const Tokenizer& tokenizer, const CausalConfig& config)
    : tokenizer_(tokenizer), end_id_(config.end_id) {
  if (const auto* bpe = dynamic_cast<const BpeTokenizer*>(&tokenizer))
    suffix_ = bpe->definition().suffix.size();
  else if (config.begin_id >= 0)
    prefix_ = {config.begin_id};
}

Encoding PromptEncoder::encode(std::string_view text) const {
  Encoding encoding = tokenizer_.encode(text, std::nullopt, kNoLimit);
  const size_t kept = encoding.ids.size() - std::min(suffix_, encoding.ids.size());
  encoding.ids.resize(kept);
  encoding.type_ids.resize(kept);
  encoding.special_mask.resize(kept);
  encoding.spans.resize(kept);
  encoding.ids.insert(encoding.ids.begin(), prefix_.begin(), prefix_.end());
  encoding.type_ids.insert(encoding.type_ids.begin(), prefix_.size(), 0);
  encoding.special_mask.insert(encoding.special_mask.begin(), prefix_.size(), 1);
  encoding.spans.insert(encoding.spans.begin(), prefix_.size(), TextSpan{});
  return encoding;
}

std::vector<int32_t> PromptEncoder::ids(std::string_view text) const {
  std::vector<int32_t> ids = prefix_;
  tokenizer_.append_ids(text, std::nullopt, kNoLimit, ids);
  if (ids.size() >= suffix_) ids.resize(ids.size() - suffix_);  // a text that goes on has no end
  return ids;
}

std::vector<int32_t> PromptEncoder::document_ids(std::string_view text) const {
  std::vector<int32_t> ids;
  if (!is_by_line()) {
    tokenizer_.append_ids(text, std::nullopt, kNoLimit, ids);
    return ids;
  }
  ids = prefix_;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const size_t before = ids.size();
    tokenizer_.append_ids(text.substr(begin, end - begin), std::nullopt, kNoLimit, ids);
    if (ids.size() > before) ids.push_back(end_id_);
    begin = end + 1;
  }
  return ids;
}

}  // namespace limbeck::nlp
