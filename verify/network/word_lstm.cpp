#include "verify/network/word_lstm.h"

#include "verify/network/bilstm_classifier.h"

namespace limbeck::verify {

TensorFunction word_lstm_function(const WeightFile& weights) {
  return bilstm_classifier_function(weights, "mean");
}

}  // namespace limbeck::verify
