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

void pool(const std::string& mode, int64_t tokens, int64_t width, const float* states,
          float* vector) {
  if (mode == "cls") {
    std::copy_n(states, width, vector);
  } else if (mode == "max") {
    std::copy_n(states, width, vector);
    for (int64_t t = 1; t < tokens; ++t)
      for (int64_t j = 0; j < width; ++j) vector[j] = std::max(vector[j], states[t * width + j]);
  } else if (mode == "lasttoken") {
    std::copy_n(states + (tokens - 1) * width, width, vector);
  } else if (mode == "weightedmean") {
    std::fill_n(vector, width, 0.0f);
    for (int64_t t = 0; t < tokens; ++t)
      for (int64_t j = 0; j < width; ++j)
        vector[j] += static_cast<float>(t + 1) * states[t * width + j];
    divide(width, static_cast<float>(tokens * (tokens + 1) / 2), vector);
  } else {
    add_rows(tokens, width, states, vector);
    const auto count = static_cast<float>(tokens);
    divide(width, mode == "mean_sqrt_len" ? std::sqrt(count) : count, vector);
  }
}

}  // namespace

void divide_by_norm(std::span<float> vector) {
  double squares = 0;
  for (const float value : vector) squares += static_cast<double>(value) * value;
  const float norm = std::max(static_cast<float>(std::sqrt(squares)),
                              1e-12f);  // the floor of the reference: a zero stays 0
  for (float& value : vector) value /= norm;
}

void pool_tokens(const SentencePooling& pooling, int64_t tokens, int64_t width, const float* states,
                 float* vector) {
  float* part = vector;
  for (const std::string& mode : pooling.modes) {
    pool(mode, tokens, width, states, part);
    part += width;
  }
  if (pooling.normalize) divide_by_norm({vector, part});
}

}  // namespace limbeck::nlp
