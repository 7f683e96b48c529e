#pragma once

#include <string>

#include "verify/network/weight_file.h"
#include "verify/trace/trace_graph.h"

namespace limbeck::verify {

/// A bidirectional LSTM, pooling over its states, a head: rows (1, T, E) to logits (1, C). Weights
/// and pooling are those of a student (nlp/encode/bilstm_config.h): lstm.*, attention.* for pooling
/// "attention", head.dense.* where there is a hidden layer, head.out.*; as many layers as there
/// are.
///
/// Throws:  DataError when a tensor is absent.
TensorFunction bilstm_classifier_function(const WeightFile& weights, const std::string& pooling);

}  // namespace limbeck::verify
