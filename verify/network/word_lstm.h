#pragma once

#include "verify/network/weight_file.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// A bidirectional LSTM over words, mean pooling, a linear classifier: embeddings (1, T, E) to
/// logits (1, C), with the weights of a student.
///
/// Source:  Xu et al. 2020, app. (the LSTM of the word-level experiments: one layer, mean pooling).
/// Throws:  DataError when a tensor is absent.
TensorFunction word_lstm_function(const WeightFile& weights);

}  // namespace limbeck::verify
