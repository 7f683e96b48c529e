#pragma once

#include <functional>

#include "nlp/encode/bert_config.h"
#include "nlp/encode/bert_weights.h"
#include "nlp/kernel/scratch.h"

namespace limbeck::nlp {

/// Activations of one group of sentences, kept between calls so that hot loops meet no page faults.
struct BertWorkspace {
  kernel::Scratch states, sums, projections, context, intermediate;
};

/// One sentence of a group.
struct TokenSpan {
  const int32_t* ids = nullptr;
  const int32_t* type_ids = nullptr;  ///< nullptr: all 0
  int64_t length = 0;
};

/// Told the number of each layer (1 = first) and its states, in the layout of bert_forward's
/// result.
using LayerStates = std::function<void(int64_t layer, const float* states)>;

/// All layers over the sentences' tokens. Result: (tokens, D) rows in `workspace`, valid until its
/// next use. Products, attention and norms use several threads unless this is called inside
/// parallel_for.
float* bert_forward(const BertConfig& config, const BertWeights& weights,
                    std::span<const TokenSpan> sentences, BertWorkspace& workspace,
                    const LayerStates& after_layer = {});

}  // namespace limbeck::nlp
