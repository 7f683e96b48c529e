#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "nlp/model/time_major.h"

namespace limbeck::nlp {

/// Weights of one direction of one layer, as torch.nn.LSTM names and orders them (gates i, f, g,
/// o).
struct LstmWeights {
  at::Tensor weight_ih;  ///< (4H, E)
  at::Tensor weight_hh;  ///< (4H, H)
  at::Tensor bias_ih;    ///< (4H)
  at::Tensor bias_hh;    ///< (4H)
};

/// One bidirectional LSTM layer over real tokens only; differentiable in the input and all weights.
///
/// Shapes:  input (N, E), rows as `layout` says; result (N, 2H): [forward | backward].
/// Law:     equals torch::nn::LSTM on the packed sequence (float32: 1e-5), whatever the number of
/// threads. Paths:   CPU float32 on the library's own products; any other dtype or device through
/// LibTorch's packed LSTM. Source:  Hochreiter, Schmidhuber 1997, with the forget gate of Gers,
/// Schmidhuber, Cummins 2000. Throws:  ShapeError when the shapes do not fit.
at::Tensor bilstm_layer(const at::Tensor& input, std::shared_ptr<const TimeMajorLayout> layout,
                        const LstmWeights& forward, const LstmWeights& backward);

}  // namespace limbeck::nlp
