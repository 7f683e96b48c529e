#include "nlp/tensor/gguf.h"

#include <cstring>
#include <limits>

#include "nlp/core/errors.h"
#include "nlp/tensor/nearest_names.h"
#include "nlp/tensor/tensor_view.h"

namespace limbeck::nlp {
namespace {

template <class T>
T load(std::span<const std::byte> bytes, int64_t i) {
  T value;
  std::memcpy(&value, bytes.data() + static_cast<size_t>(i) * sizeof value, sizeof value);
  return value;
}

/// Calls `use` with the i-th number in its own type.
template <class Use>
auto with_number(const GgufNumbers& numbers, int64_t i, Use use) {
  switch (numbers.element_type) {
    case 0:
    case 7:
      return use(load<uint8_t>(numbers.bytes, i));
    case 1:
      return use(load<int8_t>(numbers.bytes, i));
    case 2:
      return use(load<uint16_t>(numbers.bytes, i));
    case 3:
      return use(load<int16_t>(numbers.bytes, i));
    case 4:
      return use(load<uint32_t>(numbers.bytes, i));
    case 5:
      return use(load<int32_t>(numbers.bytes, i));
    case 6:
      return use(load<float>(numbers.bytes, i));
    case 10:
      return use(load<uint64_t>(numbers.bytes, i));
    case 11:
      return use(load<int64_t>(numbers.bytes, i));
    default:
      return use(load<double>(numbers.bytes, i));
  }
}

const char* kind_of(const GgufValue& value) {
  const bool is_text = !std::holds_alternative<GgufNumbers>(value.data);
  if (value.is_list) return is_text ? "a list of texts" : "a list of numbers";
  return is_text ? "a text" : "a number";
}

}  // namespace

bool GgufNumbers::is_integral() const { return element_type != 6 && element_type != 12; }

double GgufNumbers::real(int64_t i) const {
  return with_number(*this, i, [](auto value) { return static_cast<double>(value); });
}

int64_t GgufNumbers::integer(int64_t i) const {
  return with_number(*this, i, [](auto value) {
    if constexpr (std::is_same_v<decltype(value), uint64_t>)
      return static_cast<int64_t>(std::min<uint64_t>(value, std::numeric_limits<int64_t>::max()));
    else if constexpr (std::is_integral_v<decltype(value)>)
      return static_cast<int64_t>(value);
    else
      return int64_t{0};
  });
}

int64_t GgufTensor::element_count() const {
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

int64_t GgufTensor::row_bytes() const {
  const GgmlLayout& layout = ggml_layout(type);
  return shape.back() / layout.block_values * layout.block_bytes;
}

GgufFile::GgufFile(const std::filesystem::path& path)
    : where_(path.string()), file_(path), content_(parse_gguf(file_.bytes(), where_)) {}

const GgufValue& GgufFile::value(std::string_view key) const {
  const auto found = content_.metadata.find(key);
  if (found == content_.metadata.end())
    throw DataError(where_ + ": no key '" + std::string(key) + "'");
  return found->second;
}

std::string GgufFile::text(std::string_view key) const {
  const GgufValue& found = value(key);
  const auto* texts = std::get_if<std::vector<std::string_view>>(&found.data);
  if (texts == nullptr || found.is_list)
    throw DataError(where_ + ": key '" + std::string(key) + "': expected a text, got " +
                    kind_of(found));
  return std::string(texts->front());
}

int64_t GgufFile::integer(std::string_view key, int64_t low, int64_t high) const {
  const GgufValue& found = value(key);
  const auto* numbers = std::get_if<GgufNumbers>(&found.data);
  const std::string expected = where_ + ": key '" + std::string(key) +
                               "': expected an integer from " + std::to_string(low) + " to " +
                               std::to_string(high) + ", got ";
  if (numbers == nullptr || found.is_list || !numbers->is_integral())
    throw DataError(expected + kind_of(found));
  const int64_t number = numbers->integer(0);
  if (number < low || number > high) throw DataError(expected + std::to_string(number));
  return number;
}

double GgufFile::real(std::string_view key) const {
  const GgufValue& found = value(key);
  const auto* numbers = std::get_if<GgufNumbers>(&found.data);
  if (numbers == nullptr || found.is_list)
    throw DataError(where_ + ": key '" + std::string(key) + "': expected a number, got " +
                    kind_of(found));
  return numbers->real(0);
}

std::span<const std::string_view> GgufFile::texts(std::string_view key) const {
  const GgufValue& found = value(key);
  const auto* texts = std::get_if<std::vector<std::string_view>>(&found.data);
  if (texts == nullptr || !found.is_list)
    throw DataError(where_ + ": key '" + std::string(key) + "': expected a list of texts, got " +
                    kind_of(found));
  return *texts;
}

GgufNumbers GgufFile::numbers(std::string_view key) const {
  const GgufValue& found = value(key);
  const auto* numbers = std::get_if<GgufNumbers>(&found.data);
  if (numbers == nullptr || !found.is_list)
    throw DataError(where_ + ": key '" + std::string(key) + "': expected a list of numbers, got " +
                    kind_of(found));
  return *numbers;
}

const GgufTensor& GgufFile::at(const std::string& name) const {
  const auto found = content_.tensors.find(name);
  if (found != content_.tensors.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [known, tensor] : content_.tensors) names.push_back(known);
  std::string nearest;
  for (const std::string& candidate : nearest_names(name, names, 3))
    nearest += (nearest.empty() ? "; nearest: '" : ", '") + candidate + "'";
  throw DataError(where_ + ": no tensor '" + name + "'" +
                  (nearest.empty() ? "; the file holds none" : nearest));
}

const GgufTensor& GgufFile::at(const std::string& name, const std::vector<int64_t>& shape) const {
  const GgufTensor& tensor = at(name);
  if (tensor.shape != shape)
    throw DataError(where_ + ": tensor '" + name + "': expected shape " + shape_text(shape) +
                    ", got " + shape_text(tensor.shape));
  return tensor;
}

}  // namespace limbeck::nlp
