#pragma once

#include <array>
#include <cstdint>

#include "distill/student/linear.h"
#include "distill/student/time_major.h"
#include "nlp/encode/bilstm_config.h"

namespace limbeck::distill::detail {

/// One bidirectional layer: for each direction the input product of all tokens at once, then the
/// recurrence.
class BiLstmLayer {
 public:
  /// Reads layer `index` of the weights. Throws: DataError naming a missing tensor or a wrong
  /// shape.
  BiLstmLayer(const nlp::TensorStore& store, const nlp::BiLstmConfig& config, int64_t index,
              nlp::Precision precision);

  /// Hidden states (rows, 2 * padded hidden width), forward beside backward, in `out`.
  void run(const TimeMajorBatch& batch, const ActivationRows& input, float* out,
           Workspace& space) const;

  int64_t bytes() const;

 private:
  struct Direction {
    Linear input;
    PanelWeights recurrent;
  };
  int64_t padded_hidden_;
  std::array<Direction, 2> directions_;
};

}  // namespace limbeck::distill::detail
