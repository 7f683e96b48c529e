#include "nlp/tensor/safetensors_header.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

/// One entry of the header, before its data are checked.
struct Entry {
  std::string dtype;
  std::optional<std::vector<int64_t>> shape;
  std::optional<std::vector<int64_t>> offsets;
};

/// Follows the grammar of the header while it is being parsed: no tree is built, so a hostile
/// header cannot multiply its size in memory. Throws: DataError at the first thing that does not
/// belong.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(const std::string& where) : where_(where) {}

  std::map<std::string, Entry> entries;
  std::map<std::string, std::string> metadata;

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a boolean"); }
  bool number_float(number_float_t, const string_t& text) override { unexpected(text); }
  bool binary(binary_t&) override { unexpected("binary"); }

  bool number_integer(number_integer_t value) override { unexpected(std::to_string(value)); }

  bool number_unsigned(number_unsigned_t value) override {
    if (list_ == nullptr || value > static_cast<uint64_t>(INT64_MAX))
      unexpected(std::to_string(value));
    list_->push_back(static_cast<int64_t>(value));
    return true;
  }

  bool string(string_t& text) override {
    if (depth_ == 2 && in_metadata_) {
      metadata[field_] = text;
    } else if (depth_ == 2 && list_ == nullptr && field_ == "dtype") {
      entry().dtype = text;
    } else {
      unexpected("'" + text + "'");
    }
    return true;
  }

  bool start_object(std::size_t) override {
    if (depth_ == 2 || list_ != nullptr) unexpected("an object");
    ++depth_;
    fields_.clear();
    return true;
  }

  bool key(string_t& name) override {
    if (depth_ == 1) {
      if (!names_.insert(name).second) fail("tensor '" + name + "' stands in the header twice");
      name_ = name;
      in_metadata_ = name == "__metadata__";
      if (!in_metadata_) entries[name];
    } else {
      if (!fields_.insert(name).second) fail(place() + ": key '" + name + "' stands there twice");
      if (!in_metadata_ && name != "dtype" && name != "shape" && name != "data_offsets")
        fail(place() + ": unknown key '" + name + "'; known: dtype, shape, data_offsets");
      field_ = name;
    }
    return true;
  }

  bool end_object() override {
    --depth_;
    return true;
  }

  bool start_array(std::size_t) override {
    if (depth_ != 2 || in_metadata_ || list_ != nullptr || field_ == "dtype")
      unexpected("an array");
    auto& target = field_ == "shape" ? entry().shape : entry().offsets;
    target.emplace();
    list_ = &*target;
    return true;
  }

  bool end_array() override {
    list_ = nullptr;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    fail("byte " + std::to_string(position) + " of the header is not valid JSON");
  }

 private:
  Entry& entry() { return entries[name_]; }

  std::string place() const {
    if (depth_ == 0) return "header";
    return in_metadata_ ? name_ : "tensor '" + name_ + "'";
  }

  [[noreturn]] void fail(const std::string& what) const { throw DataError(where_ + ": " + what); }

  [[noreturn]] void unexpected(const std::string& got) const {
    if (depth_ < 2)
      fail(place() + ": expected an object, got " + got);
    else if (in_metadata_)
      fail("__metadata__: key '" + field_ + "': expected a string, got " + got);
    fail(place() + ": key '" + field_ + "': expected " +
         (field_ == "dtype" ? "a string" : "non-negative integers") + ", got " + got);
  }

  const std::string& where_;
  std::set<std::string> names_, fields_;
  std::string name_, field_;
  std::vector<int64_t>* list_ = nullptr;
  int depth_ = 0;
  bool in_metadata_ = false;
};

/// The header's bytes. Checks its length before anything is allocated.
std::string_view header_text(std::span<const std::byte> bytes, const std::string& where) {
  if (bytes.size() < 8)
    throw DataError(where + ": expected a safetensors file of at least 8 bytes, got " +
                    std::to_string(bytes.size()) + " (is it complete?)");
  uint64_t length = 0;
  for (size_t i = 0; i < 8; ++i) length |= static_cast<uint64_t>(bytes[i]) << (8 * i);
  if (length > kMaxSafetensorsHeader)
    throw DataError(where + ": expected a header of at most " +
                    std::to_string(kMaxSafetensorsHeader) + " bytes, got " +
                    std::to_string(length) + " (is this a safetensors file?)");
  if (length > bytes.size() - 8)
    throw DataError(where + ": the header needs " + std::to_string(length) + " bytes, got " +
                    std::to_string(bytes.size() - 8) + " (is the file complete?)");
  return {reinterpret_cast<const char*>(bytes.data()) + 8, static_cast<size_t>(length)};
}

/// Checks dtype, shape and offsets of one entry against each other and the data.
TensorView checked_view(const std::string& name, const Entry& entry,
                        std::span<const std::byte> data, const std::string& where) {
  const std::string place = where + ": tensor '" + name + "'";
  if (entry.dtype.empty() || !entry.shape || !entry.offsets)
    throw DataError(place + ": expected the keys dtype, shape and data_offsets");
  const std::optional<Dtype> dtype = find_dtype(entry.dtype);
  if (!dtype)
    throw DataError(place + ": unknown dtype '" + entry.dtype + "'; known: " + known_dtypes());
  if (entry.offsets->size() != 2)
    throw DataError(place + ": expected 2 data_offsets, got " +
                    std::to_string(entry.offsets->size()));
  const int64_t begin = (*entry.offsets)[0], end = (*entry.offsets)[1];
  if (begin > end)
    throw DataError(place + ": data_offsets [" + std::to_string(begin) + ", " +
                    std::to_string(end) + "] are in the wrong order");
  if (static_cast<size_t>(end) > data.size())
    throw DataError(place + ": its data end at byte " + std::to_string(end) + ", the file has " +
                    std::to_string(data.size()) + " (is it complete?)");
  const std::optional<size_t> expected = byte_count(*entry.shape, *dtype);
  if (!expected) throw DataError(place + ": shape " + shape_text(*entry.shape) + " is too large");
  if (*expected != static_cast<size_t>(end - begin))
    throw DataError(place + ": shape " + shape_text(*entry.shape) + " of " + entry.dtype +
                    " needs " + std::to_string(*expected) + " bytes, got " +
                    std::to_string(end - begin));
  return {*dtype, *entry.shape,
          data.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin))};
}

/// Law: sorted by their offsets, the tensors cover the data without a gap.
void require_full_cover(const std::map<std::string, TensorView>& tensors,
                        std::span<const std::byte> data, const std::string& where) {
  std::vector<std::pair<const std::string*, std::span<const std::byte>>> parts;
  for (const auto& [name, view] : tensors) parts.emplace_back(&name, view.bytes);
  std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.data(), a.second.size()) <
           std::pair(b.second.data(), b.second.size());
  });
  const std::byte* next = data.data();
  const std::string* previous = nullptr;
  for (const auto& [name, bytes] : parts) {
    if (bytes.data() < next)
      throw DataError(where + ": tensors '" + *previous + "' and '" + *name + "' overlap");
    if (bytes.data() > next)
      throw DataError(where + ": " + std::to_string(bytes.data() - next) +
                      " bytes before tensor '" + *name + "' belong to no tensor");
    next = bytes.data() + bytes.size();
    previous = name;
  }
  const std::ptrdiff_t trailing = data.data() + data.size() - next;
  if (trailing != 0)
    throw DataError(where + ": " + std::to_string(trailing) + " bytes after the last tensor");
}

}  // namespace

SafetensorsContent parse_safetensors(std::span<const std::byte> bytes, const std::string& where) {
  const std::string_view text = header_text(bytes, where);
  HeaderReader header(where);
  // The JSON library takes a NUL byte for the end of its input, and would ignore what follows.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos)
    throw DataError(where + ": byte " + std::to_string(nul + 1) +
                    " of the header is not valid JSON");
  nlohmann::json::sax_parse(text, &header);
  const std::span<const std::byte> data = bytes.subspan(8 + text.size());
  SafetensorsContent content;
  content.metadata = std::move(header.metadata);
  for (const auto& [name, entry] : header.entries)
    content.tensors.emplace(name, checked_view(name, entry, data, where));
  require_full_cover(content.tensors, data, where);
  return content;
}

}  // namespace limbeck::nlp
