#include "verify/certify/input_set.h"

#include <ATen/ATen.h>

#include <cstring>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

template <class Integer>
std::vector<int64_t> integers(const nlp::TensorView& tensor) {
  std::vector<int64_t> values;
  for (int64_t i = 0; i < tensor.element_count(); ++i) {
    Integer value;
    std::memcpy(&value, tensor.bytes.data() + static_cast<size_t>(i) * sizeof value, sizeof value);
    values.push_back(static_cast<int64_t>(value));
  }
  return values;
}

std::vector<int64_t> read_labels(const nlp::TensorView& tensor, const std::string& where) {
  if (tensor.shape.size() != 1)
    throw DataError(where + "expected shape (N), got " + nlp::shape_text(tensor.shape));
  switch (tensor.dtype) {
    case nlp::Dtype::kI64:
      return integers<int64_t>(tensor);
    case nlp::Dtype::kI32:
      return integers<int32_t>(tensor);
    case nlp::Dtype::kI8:
      return integers<int8_t>(tensor);
    case nlp::Dtype::kU8:
      return integers<uint8_t>(tensor);
    default:
      throw DataError(where + "expected integers, got " +
                      std::string(nlp::dtype_name(tensor.dtype)));
  }
}

at::Tensor real(const nlp::TensorView& tensor, at::ScalarType dtype) {
  if (tensor.dtype == nlp::Dtype::kF64) {
    const at::Tensor values = at::empty(tensor.shape, at::kDouble);
    std::memcpy(values.data_ptr<double>(), tensor.bytes.data(), tensor.bytes.size());
    return values.to(dtype);
  }
  const std::vector<float> values = nlp::to_float32(tensor);
  return at::tensor(values, at::kFloat).view(tensor.shape).to(dtype);
}

}  // namespace

InputSet::InputSet(const std::filesystem::path& file)
    : file_(file.string()),
      store_(nlp::TensorStore::open(file)),
      inputs_(store_.at("inputs")),
      labels_(read_labels(store_.at("labels"), file_ + ": tensor 'labels': ")) {
  const std::string where = file_ + ": tensor 'inputs': ";
  if (inputs_.shape.size() < 2)
    throw DataError(where + "expected shape (N, ...), got " + nlp::shape_text(inputs_.shape));
  if (inputs_.shape[0] != size())
    throw DataError(where + "expected as many as labels, " + std::to_string(size()) + ", got " +
                    std::to_string(inputs_.shape[0]));
  if (inputs_.dtype != nlp::Dtype::kF64 && inputs_.dtype != nlp::Dtype::kF32 &&
      inputs_.dtype != nlp::Dtype::kF16 && inputs_.dtype != nlp::Dtype::kBF16)
    throw DataError(where + "expected real numbers, got " +
                    std::string(nlp::dtype_name(inputs_.dtype)));
}

std::vector<int64_t> InputSet::item_shape() const {
  std::vector<int64_t> shape = inputs_.shape;
  shape[0] = 1;
  return shape;
}

at::Tensor InputSet::input(int64_t index, at::ScalarType dtype) const {
  nlp::TensorView item = inputs_;
  item.shape = item_shape();
  const size_t bytes = inputs_.bytes.size() / static_cast<size_t>(size());
  item.bytes = inputs_.bytes.subspan(static_cast<size_t>(index) * bytes, bytes);
  const at::Tensor values = real(item, dtype);
  if (!values.isfinite().all().item<bool>())
    throw DataError(file_ + ": input " + std::to_string(index) +
                    ": expected finite values, got NaN or infinity");
  return values;
}

}  // namespace limbeck::verify
