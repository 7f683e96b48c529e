#include "nlp/encode/token_pooling.h"

#include <algorithm>
#include <cmath>

namespace limbeck::nlp {
namespace {

void add_rows(int64_t tokens, int64_t width, const float* states, float* sum) {
  std::fill_n(sum, width, 0.0f);
  for (int64_t t = 0; t < tokens; ++t)
    for (int64_t j = 0; j < width; ++j) sum[j] += states[t * width + j];
}

void divide(int64_t width, float by, float* vector) {
  for (int64_t j = 0; j < width; ++j) vector[j] /= by;
}

void divide_by_norm(int64_t width, float* vector) {
  double squares = 0;
  for (int64_t j = 0; j < width; ++j) squares += static_cast<double>(vector[j]) * vector[j];
  const float norm = std::max(static_cast<float>(std::sqrt(squares)),
                              1e-12f);  // the floor of the reference: a zero stays 0
  divide(width, norm, vector);
}

}  // namespace

void pool_tokens(const SentencePooling& pooling, int64_t tokens, int64_t width, const float* states,
                 float* vector) {
  if (pooling.mode == "cls") {
    std::copy_n(states, width, vector);
  } else if (pooling.mode == "max") {
    std::copy_n(states, width, vector);
    for (int64_t t = 1; t < tokens; ++t)
      for (int64_t j = 0; j < width; ++j) vector[j] = std::max(vector[j], states[t * width + j]);
  } else if (pooling.mode == "lasttoken") {
    std::copy_n(states + (tokens - 1) * width, width, vector);
  } else if (pooling.mode == "weightedmean") {
    std::fill_n(vector, width, 0.0f);
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t j = 0; j < width; ++j)
        vector[j] += static_cast<float>(t + 1) * states[t * width + j];
    divide(width, static_cast<float>(tokens * (tokens + 1) / 2), vector);
  } else {
    add_rows(tokens, width, states, vector);
    const auto count = static_cast<float>(tokens);
    divide(width, pooling.mode == "mean_sqrt_len" ? std::sqrt(count) : count, vector);
  }
  if (pooling.normalize) divide_by_norm(width, vector);
}

}  // namespace limbeck::nlp
