#include <algorithm>
#include <bit>
#include <cstring>

#include "nlp/core/errors.h"
#include "nlp/tensor/gguf.h"
#include "nlp/tensor/tensor_view.h"

namespace limbeck::nlp {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is read on little-endian hosts");

constexpr uint64_t kMostDimensions = 4;
constexpr uint64_t kMostElements = uint64_t{1} << 44;
constexpr uint32_t kText = 8, kArray = 9;

/// Bytes of a number of the metadata; 0 for what is none.
size_t number_bytes(uint32_t type) {
  switch (type) {
    case 0:  // uint8
    case 1:  // int8
    case 7:  // bool
      return 1;
    case 2:  // uint16
    case 3:  // int16
      return 2;
    case 4:  // uint32
    case 5:  // int32
    case 6:  // float32
      return 4;
    case 10:  // uint64
    case 11:  // int64
    case 12:  // float64
      return 8;
    default:
      return 0;
  }
}

/// Reads forward; every read is checked against what is left.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  std::span<const std::byte> take(uint64_t count, const char* what) {
    if (count > left())
      fail(std::string("truncated: ") + what + " at byte " + std::to_string(at_) + " needs " +
           std::to_string(count) + " bytes, " + std::to_string(left()) + " are left");
    const auto part = bytes_.subspan(at_, static_cast<size_t>(count));
    at_ += static_cast<size_t>(count);
    return part;
  }
  template <class T>
  T number(const char* what) {
    T value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }
  std::string_view text(const char* what) {
    const auto length = number<uint64_t>(what);
    const auto part = take(length, what);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  /// For counts of things that take at least `least` bytes each: refused before memory is reserved.
  uint64_t count(uint64_t value, uint64_t least, const char* what) {
    if (value > left() / least)
      fail("truncated: " + std::to_string(value) + " " + what + " do not fit in the " +
           std::to_string(left()) + " bytes that are left");
    return value;
  }
  size_t position() const { return at_; }
  size_t left() const { return bytes_.size() - at_; }
  [[noreturn]] void fail(const std::string& message) const {
    throw DataError(where_ + ": " + message);
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& where_;
  size_t at_ = 0;
};

void read_magic(Reader& reader, const std::string& where) {
  const std::span<const std::byte> magic = reader.take(std::min<size_t>(4, reader.left()), "magic");
  if (magic.size() != 4 || std::memcmp(magic.data(), "GGUF", 4) != 0)
    reader.fail("not a GGUF file (it does not start with 'GGUF')");
  const auto version = reader.number<uint32_t>("version");
  if (version == 2 || version == 3) return;
  if ((version & 0xFFFF) == 0 && version != 0)
    throw UnsupportedError(where + ": big-endian GGUF is not supported");
  throw UnsupportedError(where + ": GGUF version " + std::to_string(version) +
                         " is not supported; known: 2, 3");
}

GgufValue read_list(Reader& reader, const std::string& key) {
  const auto type = reader.number<uint32_t>("element type");
  const auto count = reader.number<uint64_t>("array length");
  GgufValue value{true, {}};
  if (type == kText) {
    reader.count(count, sizeof(uint64_t), "texts");
    std::vector<std::string_view> texts;
    texts.reserve(static_cast<size_t>(count));
    for (uint64_t i = 0; i < count; ++i) texts.push_back(reader.text("text"));
    value.data = std::move(texts);
    return value;
  }
  const size_t bytes = number_bytes(type);
  if (bytes == 0)
    reader.fail("key '" + key + "': array of type " + std::to_string(type) + " is not known");
  reader.count(count, bytes, "numbers");
  value.data = GgufNumbers{type, static_cast<int64_t>(count), reader.take(count * bytes, "array")};
  return value;
}

GgufValue read_value(Reader& reader, const std::string& key) {
  const auto type = reader.number<uint32_t>("value type");
  if (type == kArray) return read_list(reader, key);
  if (type == kText) return {false, std::vector<std::string_view>{reader.text("text")}};
  const size_t bytes = number_bytes(type);
  if (bytes == 0)
    reader.fail("key '" + key + "': value type " + std::to_string(type) + " is not known");
  return {false, GgufNumbers{type, 1, reader.take(bytes, "number")}};
}

/// A name for messages: what is not printable ASCII is replaced.
std::string printable(std::string_view name) {
  std::string text(name.substr(0, 80));
  for (char& c : text)
    if (c < 32 || c > 126) c = '?';
  return text;
}

struct TensorEntry {
  std::string name;
  GgufTensor tensor;
  uint64_t offset = 0, bytes = 0;
};

TensorEntry read_tensor(Reader& reader, const std::string& where) {
  TensorEntry entry;
  const std::string_view name = reader.text("tensor name");
  entry.name = name;
  const std::string shown = "tensor '" + printable(name) + "': ";
  const auto dimensions = reader.number<uint32_t>("dimensions");
  if (dimensions < 1 || dimensions > kMostDimensions)
    reader.fail(shown + "expected 1 to 4 dimensions, got " + std::to_string(dimensions));
  uint64_t elements = 1;
  for (uint32_t i = 0; i < dimensions; ++i) {
    const auto size = reader.number<uint64_t>("dimension");
    if (size == 0 || size > kMostElements / elements)
      reader.fail(shown + "dimension " + std::to_string(size) + " is out of range");
    elements *= size;
    entry.tensor.shape.insert(entry.tensor.shape.begin(), static_cast<int64_t>(size));
  }
  const auto number = reader.number<uint32_t>("tensor type");
  const std::optional<GgmlType> type = find_ggml_type(number);
  if (!type)
    throw UnsupportedError(where + ": " + shown + ggml_type_name(number) +
                           " is not supported; known: " + known_ggml_types());
  entry.tensor.type = *type;
  const GgmlLayout& layout = ggml_layout(*type);
  if (entry.tensor.shape.back() % layout.block_values != 0)
    reader.fail(shown + "rows of " + std::to_string(entry.tensor.shape.back()) +
                " values are not whole blocks of " + layout.name);
  entry.bytes = elements / static_cast<uint64_t>(layout.block_values) *
                static_cast<uint64_t>(layout.block_bytes);
  entry.offset = reader.number<uint64_t>("tensor offset");
  return entry;
}

uint64_t alignment_of(const GgufContent& content, const Reader& reader) {
  const auto found = content.metadata.find("general.alignment");
  if (found == content.metadata.end()) return 32;
  const auto* numbers = std::get_if<GgufNumbers>(&found->second.data);
  const int64_t value =
      numbers != nullptr && numbers->count == 1 && numbers->is_integral() ? numbers->integer(0) : 0;
  if (value < 1 || value > 1 << 20 || (value & (value - 1)) != 0)
    reader.fail("key 'general.alignment': expected a power of two up to 1048576");
  return static_cast<uint64_t>(value);
}

void place_tensors(std::vector<TensorEntry>& entries, std::span<const std::byte> data,
                   uint64_t alignment, const Reader& reader, GgufContent& content) {
  std::sort(entries.begin(), entries.end(),
            [](const TensorEntry& a, const TensorEntry& b) { return a.offset < b.offset; });
  uint64_t end = 0;
  for (TensorEntry& entry : entries) {
    const std::string shown = "tensor '" + printable(entry.name) + "': ";
    if (entry.offset % alignment != 0)
      reader.fail(shown + "offset " + std::to_string(entry.offset) + " is not a multiple of " +
                  std::to_string(alignment));
    if (entry.offset < end) reader.fail(shown + "its data overlap those of another tensor");
    if (entry.offset > data.size() || entry.bytes > data.size() - entry.offset)
      reader.fail("truncated: " + shown + std::to_string(entry.bytes) + " bytes at offset " +
                  std::to_string(entry.offset) + " of the data, which has " +
                  std::to_string(data.size()));
    end = entry.offset + entry.bytes;
    entry.tensor.bytes =
        data.subspan(static_cast<size_t>(entry.offset), static_cast<size_t>(entry.bytes));
    if (!content.tensors.emplace(entry.name, std::move(entry.tensor)).second)
      reader.fail(shown + "stands there twice");
  }
}

}  // namespace

GgufContent parse_gguf(std::span<const std::byte> bytes, const std::string& where) {
  Reader reader(bytes, where);
  read_magic(reader, where);
  const auto tensor_count = reader.number<uint64_t>("tensor count");
  const auto pair_count = reader.number<uint64_t>("key count");
  constexpr uint64_t kLeastPair = 8 + 4 + 1, kLeastTensor = 8 + 4 + 8 + 4 + 8;
  GgufContent content;
  reader.count(pair_count, kLeastPair, "keys");
  for (uint64_t i = 0; i < pair_count; ++i) {
    const std::string_view key = reader.text("key");
    const std::string shown = printable(key);
    if (!content.metadata.emplace(key, read_value(reader, shown)).second)
      reader.fail("key '" + shown + "' stands there twice");
  }
  reader.count(tensor_count, kLeastTensor, "tensors");
  std::vector<TensorEntry> entries;
  entries.reserve(static_cast<size_t>(tensor_count));
  for (uint64_t i = 0; i < tensor_count; ++i) entries.push_back(read_tensor(reader, where));
  const uint64_t alignment = alignment_of(content, reader);
  const uint64_t start = (reader.position() + alignment - 1) / alignment * alignment;
  const auto data = start < bytes.size() ? bytes.subspan(static_cast<size_t>(start))
                                         : std::span<const std::byte>();
  place_tensors(entries, data, alignment, reader, content);
  return content;
}

}  // namespace limbeck::nlp
