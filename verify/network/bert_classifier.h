#pragma once

#include "nlp/encode/sentence_pooling.h"
#include "verify/network/weight_file.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// A fine-tuned BERT from the rows of its word-piece table, (1, T, D), to logits (1, C): positions,
/// token type 0 and LayerNorm are part of the function. The head is that of `limbeck finetune`
/// (head.dense with ReLU where there is one, head.out; on the pooled vector) or of transformers
/// (bert.pooler.dense with tanh, classifier; on the first token). Names may start with "bert.".
///
/// Throws:  DataError when a tensor is absent.
TensorFunction bert_classifier_function(const WeightFile& weights, const nlp::BertConfig& config,
                                        const nlp::SentencePooling& pooling);

/// The word-piece table of such a file, (V, D). Throws: DataError when it is absent.
at::Tensor bert_word_table(const WeightFile& weights);

}  // namespace limbeck::verify
