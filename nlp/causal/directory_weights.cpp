#include <algorithm>

#include "nlp/causal/weight_source.h"
#include "nlp/core/errors.h"
#include "nlp/tensor/safetensors.h"

namespace limbeck::nlp {
namespace {

class DirectoryWeights final : public WeightSource {
 public:
  explicit DirectoryWeights(const std::filesystem::path& directory)
      : store_(TensorStore::open(directory)) {}

  bool has(const std::string& name) const override { return store_.contains(full_name(name)); }

  /// GPT-2 keeps its linear layers as (inputs, outputs): put upright here.
  std::vector<float> values(const std::string& name,
                            const std::vector<int64_t>& shape) const override {
    if (shape.size() != 2 || !is_lying_product(name))
      return to_float32(store_.at(full_name(name), shape));
    const int64_t rows = shape[0], columns = shape[1];
    const std::vector<float> lying = to_float32(store_.at(full_name(name), {columns, rows}));
    std::vector<float> upright(lying.size());
    for (int64_t c = 0; c < columns; ++c)
      for (int64_t r = 0; r < rows; ++r)
        upright[static_cast<size_t>(r * columns + c)] = lying[static_cast<size_t>(c * rows + r)];
    return upright;
  }

  void copy_row(const std::string& name, const std::vector<int64_t>& shape, int64_t row,
                float* out) const override {
    TensorView view = store_.at(full_name(name), shape);
    const size_t bytes = static_cast<size_t>(shape[1]) * dtype_bytes(view.dtype);
    view.bytes = view.bytes.subspan(static_cast<size_t>(row) * bytes, bytes);
    view.shape = {shape[1]};
    const std::vector<float> values = to_float32(view);
    std::copy(values.begin(), values.end(), out);
  }

  std::string storage() const override {
    return store_.tensors().empty()
               ? "none"
               : std::string(dtype_name(store_.tensors().begin()->second.dtype));
  }

 private:
  std::string full_name(const std::string& name) const {
    for (const char* prefix : {"model.", "transformer."})
      if (store_.contains(prefix + name)) return prefix + name;
    return name;
  }

  TensorStore store_;
};

}  // namespace

bool is_lying_product(const std::string& name) {
  for (const char* product : {".c_attn.weight", ".c_proj.weight", ".c_fc.weight"})
    if (name.ends_with(product)) return true;
  return false;
}

std::unique_ptr<WeightSource> directory_weights(const std::filesystem::path& model_directory) {
  return std::make_unique<DirectoryWeights>(model_directory);
}

}  // namespace limbeck::nlp
