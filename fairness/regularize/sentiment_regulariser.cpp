#include "fairness/regularize/sentiment_regulariser.h"

#include <ATen/ATen.h>

#include "fairness/regularize/cosine_distance.h"
#include "nlp/core/errors.h"

namespace limbeck::fairness {

at::Tensor sentiment_regulariser(SentimentHead& head, const at::Tensor& features,
                                 const at::Tensor& swapped) {
  for (const auto& item : head->named_parameters())
    if (item.value().requires_grad())
      throw ConfigError("sentiment regulariser: '" + item.key() + "' of the head is not frozen");
  return cosine_distance(head->hidden(features), head->hidden(swapped));
}

}  // namespace limbeck::fairness
