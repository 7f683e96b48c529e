#pragma once

#include <gtest/gtest.h>
#include <torch/autograd.h>
#include <torch/types.h>
#include <torch/utils.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "nlp/model/initialization.h"

namespace limbeck::nlp::testing {

/// A folder of this test, gone with the object.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    path_ = std::filesystem::temp_directory_path() /
            ("limbeck_model_test." + std::to_string(getpid()) + "." + std::to_string(next_++));
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  inline static int next_ = 0;
  std::filesystem::path path_;
};

inline at::Tensor random_tensor(at::IntArrayRef shape, at::ScalarType type,
                                const std::string& name) {
  RandomStream stream(11, name);
  at::Tensor tensor = at::empty(shape, type);
  fill_normal(tensor, 0.5, stream);
  return tensor;
}

inline double max_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// Compares the gradients of a double-precision loss with central differences, entry by entry;
/// `tolerance` is relative to the greater of 1 and the gradient (steep places have large third
/// derivatives too).
inline void expect_finite_differences(const std::function<at::Tensor()>& loss,
                                      const std::vector<at::Tensor>& leaves, double tolerance) {
  const auto gradients =
      torch::autograd::grad({loss()}, leaves, {}, {}, false, /*allow_unused=*/true);
  const torch::NoGradGuard no_grad;
  constexpr double kStep = 1e-6;
  for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    double* value = leaves[leaf].mutable_data_ptr<double>();
    for (int64_t i = 0; i < leaves[leaf].numel(); ++i) {
      const double kept = value[i];
      value[i] = kept + kStep;
      const double above = loss().item<double>();
      value[i] = kept - kStep;
      const double below = loss().item<double>();
      value[i] = kept;
      const double got =
          gradients[leaf].defined() ? gradients[leaf].flatten()[i].item<double>() : 0.0;
      ASSERT_NEAR(got, (above - below) / (2 * kStep), tolerance * std::max(1.0, std::abs(got)))
          << "leaf " << leaf << " at " << i;
    }
  }
}

/// Whole message of the error that `call` throws, or "no error".
template <class E>
std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const E& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace limbeck::nlp::testing
