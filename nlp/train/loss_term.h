#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <span>
#include <string>

#include "nlp/core/errors.h"
#include "nlp/train/step_context.h"

namespace limbeck::nlp {

/// One summand of a training loss: distillation, a fairness regulariser, a certified loss, ... are
/// all such terms.
template <class Batch, class Outputs>
struct LossTerm {
  std::string name;     ///< in the learning curve: `loss/<name>`, before the weight
  double weight = 1.0;  ///< 0 = not computed
  /// Factor of the weight over the run, from progress in [0, 1); empty = 1.
  std::function<double(double progress)> schedule;
  /// Mean over the examples of the batch, a scalar.
  std::function<at::Tensor(const Batch&, const Outputs&)> value;
};

/// Sum of weight * schedule * value; logs each term's value. Terms that weigh 0 now are not
/// computed. Throws: ShapeError when a term is no scalar; ConfigError when no term weighs anything.
template <class Batch, class Outputs>
at::Tensor sum_of_terms(std::span<const LossTerm<Batch, Outputs>> terms, const Batch& batch,
                        const Outputs& outputs, StepContext& context) {
  at::Tensor total;
  for (const LossTerm<Batch, Outputs>& term : terms) {
    const double weight = term.weight * (term.schedule ? term.schedule(context.progress()) : 1.0);
    if (weight == 0) continue;
    const at::Tensor value = term.value(batch, outputs);
    if (value.dim() != 0)
      throw ShapeError("loss term '" + term.name + "': expected a scalar, got " +
                       std::to_string(value.dim()) + " dimensions");
    context.log("loss/" + term.name, value.item().toDouble());
    const at::Tensor weighted = value * weight;
    total = total.defined() ? total + weighted : weighted;
  }
  if (!total.defined())
    throw ConfigError("loss: expected a term with a weight other than 0, got none");
  return total;
}

}  // namespace limbeck::nlp
