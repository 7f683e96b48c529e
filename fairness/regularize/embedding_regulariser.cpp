#include "fairness/regularize/embedding_regulariser.h"

#include <ATen/ATen.h>

#include "fairness/regularize/cosine_distance.h"

namespace limbeck::fairness {

at::Tensor prefix_features(const nlp::CausalHidden& hidden, const at::Tensor& positions) {
  const at::Tensor rows = at::arange(positions.size(0), positions.options());
  const auto at_positions = [&](const at::Tensor& states) {
    return states.index({rows, positions});
  };
  return (at_positions(hidden.before_last) + at_positions(hidden.last_layer)) / 2;
}

at::Tensor embedding_regulariser(const at::Tensor& features, const at::Tensor& swapped) {
  return cosine_distance(features, swapped);
}

}  // namespace limbeck::fairness
