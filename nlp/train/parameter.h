#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace limbeck::nlp {

/// A tensor that is trained or, without requires_grad, only saved with the model.
struct Parameter {
  std::string name;   ///< as in the model's state; unique within a run
  at::Tensor tensor;  ///< float32, contiguous, on the CPU; updated in place by the optimizer
  double lr_multiplier = 1.0;  ///< learning rate of this tensor = multiplier * scheduled rate; >= 0
  bool decay = true;  ///< false: no weight decay (biases, layer norms, embeddings as one likes)
};

/// Checks what the optimizers rely on.
///
/// Throws: ConfigError on an empty or repeated name, a negative multiplier, or two parameters that
/// share one tensor
///         (it would be updated twice); UnsupportedError unless the tensor is contiguous float32 on
///         the CPU.
void validate_parameters(const std::vector<Parameter>& parameters);

/// Leaves trainable parameters without gradient.
void clear_gradients(const std::vector<Parameter>& parameters);

}  // namespace limbeck::nlp
