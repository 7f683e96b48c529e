#include "verify/network/vision_transformer.h"

#include <ATen/ATen.h>

#include "verify/network/weight_file.h"

namespace limbeck::verify {
namespace {

constexpr double kMean = 0.1307, kDeviation = 0.3081;  // of MNIST
constexpr int64_t kHeads = 4;

/// (1, H, W) to (1, patches, pixels of one).
at::Tensor patches(const at::Tensor& image, int64_t side) {
  const int64_t rows = image.size(1) / side, columns = image.size(2) / side;
  return image.reshape({1, rows, side, columns, side})
      .permute({0, 1, 3, 2, 4})
      .reshape({1, rows * columns, side * side});
}

at::Tensor logits(const WeightFile& w, const at::Tensor& image) {
  const at::Tensor normal = (image - kMean) / kDeviation;
  const at::Tensor first = w.at("cls_token").reshape({1, 1, -1});
  at::Tensor x = at::cat({first, w.dense(patches(normal, 7), "to_patch_embedding.1")}, 1) +
                 w.at("pos_embedding");
  for (int64_t i = 0; w.contains("transformer.layers." + std::to_string(i) + ".0.fn.norm.weight");
       ++i) {
    const std::string layer = "transformer.layers." + std::to_string(i) + ".";
    const at::Tensor a = w.centre(x, layer + "0.fn.norm");
    const std::string self = layer + "0.fn.fn.";
    // Of the last layer only the class token is read.
    const bool is_last =
        !w.contains("transformer.layers." + std::to_string(i + 1) + ".0.fn.norm.weight");
    const auto read = [&](const at::Tensor& all) { return is_last ? all.narrow(1, 0, 1) : all; };
    const at::Tensor mixed = attention(w.dense(read(a), self + "to_q"), w.dense(a, self + "to_k"),
                                       w.dense(a, self + "to_v"), kHeads);
    x = w.dense(mixed, self + "to_out.0") + read(x);
    const at::Tensor b = w.centre(x, layer + "1.fn.norm");
    x = w.dense(w.dense(b, layer + "1.fn.fn.net.0").relu(), layer + "1.fn.fn.net.3") + x;
  }
  return w.dense(w.centre(x.select(1, 0), "mlp_head.0"), "mlp_head.1");
}

}  // namespace

TensorFunction load_vision_transformer(const std::filesystem::path& weights, at::ScalarType dtype) {
  const WeightFile file(weights, dtype);
  return [file](const at::Tensor& image) { return logits(file, image); };
}

}  // namespace limbeck::verify
