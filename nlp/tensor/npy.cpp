#include "nlp/tensor/npy.h"

#include <array>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"

namespace limbeck::nlp {
namespace {

struct DescrRow {
  std::string_view descr;
  Dtype dtype;
};

constexpr std::array<DescrRow, 8> kDescr = {{{"<f8", Dtype::kF64},
                                             {"<f4", Dtype::kF32},
                                             {"<f2", Dtype::kF16},
                                             {"<i8", Dtype::kI64},
                                             {"<i4", Dtype::kI32},
                                             {"|i1", Dtype::kI8},
                                             {"|u1", Dtype::kU8},
                                             {"|b1", Dtype::kBool}}};
constexpr std::string_view kMagic = "\x93NUMPY";
/// Room for a row count of 20 digits, so that the header's length does not depend on it.
constexpr size_t kHeaderBytes = 128;

std::string_view descr_of(Dtype dtype) {
  for (const DescrRow& row : kDescr)
    if (row.dtype == dtype) return row.descr;
  throw UnsupportedError("npy: no element type for " + std::string(dtype_name(dtype)) +
                         " (convert to float32 first)");
}

std::string header_text(Dtype dtype, const std::vector<int64_t>& shape) {
  std::string sizes;
  for (const int64_t size : shape) sizes += std::to_string(size) + ", ";
  if (shape.size() > 1) sizes.resize(sizes.size() - 2);
  if (shape.size() == 1) sizes.pop_back();
  std::string text = "{'descr': '" + std::string(descr_of(dtype)) +
                     "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  const size_t before_data = kMagic.size() + 4;
  size_t total = kHeaderBytes;
  while (total < before_data + text.size() + 1) total += 64;
  text.append(total - before_data - text.size() - 1, ' ');
  const size_t length = text.size() + 1;
  const char bytes[] = {1, 0, static_cast<char>(length & 0xFF), static_cast<char>(length >> 8)};
  return std::string(kMagic) + std::string(bytes, sizeof bytes) + text + "\n";
}

/// The Python literal of the header, read key by key; NumPy writes it in one fixed form.
class HeaderParser {
 public:
  HeaderParser(std::string_view text, const std::string& where) : text_(text), where_(where) {}

  std::string descr;
  bool fortran_order = false;
  std::vector<int64_t> shape;

  void parse() {
    expect('{');
    int keys = 0;
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr")
        descr = quoted();
      else if (key == "fortran_order")
        fortran_order = boolean();
      else if (key == "shape")
        read_shape();
      else
        fail();
      ++keys;
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (keys != 3) fail();
  }

 private:
  [[noreturn]] void fail() const {
    throw DataError(where_ + ": expected an .npy header with descr, fortran_order and shape");
  }

  void skip_blanks() {
    while (!text_.empty() && (text_[0] == ' ' || text_[0] == '\n')) text_.remove_prefix(1);
  }

  bool accept(char wanted) {
    skip_blanks();
    if (text_.empty() || text_[0] != wanted) return false;
    text_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) {
    if (!accept(wanted)) fail();
  }

  std::string quoted() {
    skip_blanks();
    const char quote = text_.empty() ? '\0' : text_[0];
    if (quote != '\'' && quote != '"') fail();
    const size_t end = text_.find(quote, 1);
    if (end == std::string_view::npos) fail();
    std::string value(text_.substr(1, end - 1));
    text_.remove_prefix(end + 1);
    return value;
  }

  bool boolean() {
    skip_blanks();
    for (const auto& [word, value] : {std::pair("True", true), std::pair("False", false)}) {
      if (!text_.starts_with(word)) continue;
      text_.remove_prefix(std::strlen(word));
      return value;
    }
    fail();
  }

  void read_shape() {
    expect('(');
    while (!accept(')')) {
      skip_blanks();
      int64_t size = 0;
      const auto [end, error] = std::from_chars(text_.data(), text_.data() + text_.size(), size);
      if (error != std::errc() || size < 0) fail();
      text_.remove_prefix(static_cast<size_t>(end - text_.data()));
      shape.push_back(size);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view text_;
  const std::string& where_;
};

/// Header text and where the data begin.
std::pair<std::string_view, size_t> split_header(std::string_view file, const std::string& where) {
  if (file.size() < 12 || file.substr(0, kMagic.size()) != kMagic)
    throw DataError(where + ": expected an .npy file, got something else");
  const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(file[i])); };
  const size_t version = byte(6);
  if (version < 1 || version > 3)
    throw UnsupportedError(where + ": expected .npy version 1 to 3, got " +
                           std::to_string(version));
  const size_t begin = version == 1 ? 10 : 12;
  size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > file.size() - begin)
    throw DataError(where + ": the header needs " + std::to_string(length) + " bytes, got " +
                    std::to_string(file.size() - begin) + " (is the file complete?)");
  return {file.substr(begin, length), begin + length};
}

Dtype dtype_of(const std::string& descr, const std::string& where) {
  for (const DescrRow& row : kDescr)
    if (row.descr == descr) return row.dtype;
  std::string known;
  for (const DescrRow& row : kDescr) known += (known.empty() ? "" : ", ") + std::string(row.descr);
  throw UnsupportedError(where + ": element type '" + descr + "' is not one of: " + known);
}

}  // namespace

NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& where) {
  const std::string_view file(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto [text, begin] = split_header(file, where);
  HeaderParser header(text, where);
  header.parse();
  if (header.fortran_order)
    throw UnsupportedError(where + ": expected row-major data, got column-major (fortran_order)");
  NpyArray array{dtype_of(header.descr, where), header.shape, {}};
  const std::optional<size_t> expected = byte_count(array.shape, array.dtype);
  if (expected != bytes.size() - begin)
    throw DataError(where + ": shape " + shape_text(array.shape) + " of " + header.descr +
                    " needs " + (expected ? std::to_string(*expected) : "too many") +
                    " bytes, got " + std::to_string(bytes.size() - begin) +
                    " (is the file complete?)");
  array.bytes.assign(bytes.begin() + static_cast<std::ptrdiff_t>(begin), bytes.end());
  return array;
}

NpyArray read_npy(const std::filesystem::path& path) {
  return parse_npy(MappedFile(path).bytes(), path.string());
}

void write_npy(const std::filesystem::path& path, const TensorView& tensor) {
  if (byte_count(tensor.shape, tensor.dtype) != tensor.bytes.size())
    throw ShapeError("write_npy: shape " + shape_text(tensor.shape) + " does not fit " +
                     std::to_string(tensor.bytes.size()) + " bytes");
  const std::string header = header_text(tensor.dtype, tensor.shape);
  AtomicFile file(path);
  file.write(header);
  file.write(tensor.bytes);
  file.commit();
}

NpyRowWriter::NpyRowWriter(const std::filesystem::path& path, Dtype dtype, int64_t width)
    : file_(path), dtype_(dtype), width_(width) {
  if (width < 1) throw ShapeError("NpyRowWriter: width must be > 0, got " + std::to_string(width));
  file_.write(header_text(dtype_, {0, width_}));
}

void NpyRowWriter::append(std::span<const std::byte> rows) {
  const size_t row_bytes = static_cast<size_t>(width_) * dtype_bytes(dtype_);
  if (rows.size() % row_bytes != 0)
    throw ShapeError("NpyRowWriter: rows must be (N, " + std::to_string(width_) + "), got " +
                     std::to_string(rows.size()) + " bytes");
  file_.write(rows);
  rows_ += static_cast<int64_t>(rows.size() / row_bytes);
}

void NpyRowWriter::commit() {
  file_.overwrite(0, header_text(dtype_, {rows_, width_}));
  file_.commit();
}

}  // namespace limbeck::nlp
