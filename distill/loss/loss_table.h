#pragma once

#include <ATen/core/Tensor.h>

#include <span>
#include <string>

namespace limbeck::distill {

/// A distance of student vectors to target vectors, both (B, D), as a scalar to be minimised.
struct RepresentationLoss {
  const char* name;
  at::Tensor (*value)(const at::Tensor& student, const at::Tensor& target);
  bool sees_length;  ///< false when only the direction counts
};

/// Every loss that `limbeck distill --loss` knows.
std::span<const RepresentationLoss> loss_table();

/// Throws: ConfigError `--loss: expected cosine, mse or huber, got 'x'`.
const RepresentationLoss& find_loss(const std::string& name);

}  // namespace limbeck::distill
