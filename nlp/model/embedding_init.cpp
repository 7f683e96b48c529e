#include "nlp/model/embedding_init.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <charconv>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "nlp/core/errors.h"
#include "nlp/core/mapped_file.h"
#include "nlp/core/random_stream.h"

namespace limbeck::nlp {
namespace {

constexpr int32_t kMostPieces = 64;  ///< of a word that lends its vector to its pieces

struct Line {
  std::string_view word;
  std::vector<float> vector;
};

/// Splits "word v1 ... vE"; the word is all before the last E numbers, as some files have blanks in
/// words.
class LineParser {
 public:
  LineParser(std::string file, size_t width) : file_(std::move(file)), width_(width) {}

  bool is_header(std::string_view text, int64_t number) const {
    int64_t count = 0, width = 0;
    const auto first = std::from_chars(text.data(), text.data() + text.size(), count);
    if (number != 1 || first.ec != std::errc() || first.ptr == text.data() + text.size() ||
        *first.ptr != ' ')
      return false;
    const auto second = std::from_chars(first.ptr + 1, text.data() + text.size(), width);
    return second.ec == std::errc() && second.ptr == text.data() + text.size();
  }

  Line parse(std::string_view text, int64_t number) const {
    Line line;
    line.vector.resize(width_);
    for (size_t i = width_; i-- > 0;) {
      const size_t blank = text.rfind(' ');
      if (blank == std::string_view::npos || blank == 0)
        fail(number, std::to_string(width_ - 1 - i));
      const std::string_view field = text.substr(blank + 1);
      const auto parsed =
          std::from_chars(field.data(), field.data() + field.size(), line.vector[i]);
      if (parsed.ec != std::errc() || parsed.ptr != field.data() + field.size() ||
          !std::isfinite(line.vector[i]))
        fail(number, "'" + std::string(field.substr(0, 40)) + "'");
      text = text.substr(0, blank);
    }
    line.word = text;
    return line;
  }

 private:
  [[noreturn]] void fail(int64_t number, const std::string& got) const {
    throw DataError(file_ + ":" + std::to_string(number) + ": expected a word and " +
                    std::to_string(width_) + " numbers, got " + got +
                    " (is it a file of this width?)");
  }
  std::string file_;
  size_t width_;
};

/// Gathers vectors for the pieces of a vocabulary.
class PieceVectors {
 public:
  PieceVectors(const Tokenizer& tokenizer, int64_t width)
      : tokenizer_(tokenizer),
        width_(static_cast<size_t>(width)),
        rows_(static_cast<size_t>(tokenizer.vocabulary_size())) {}

  void add(const Line& line) {
    const Encoding encoding = tokenizer_.encode(line.word, std::nullopt, kMostPieces);
    std::vector<int32_t> pieces;
    for (size_t i = 0; i < encoding.ids.size(); ++i)
      if (!encoding.special_mask[i] && encoding.ids[i] != tokenizer_.unknown_id())
        pieces.push_back(encoding.ids[i]);
    for (const int32_t id : pieces) {
      Row& row = rows_[static_cast<size_t>(id)];
      if (row.is_word) continue;
      if (pieces.size() == 1) row = Row{true, 0, {}};
      row.sum.resize(width_);
      for (size_t j = 0; j < width_; ++j) row.sum[j] += line.vector[j];
      ++row.count;
    }
    for (const float value : line.vector) squares_ += static_cast<double>(value) * value;
    ++words_;
  }

  GloveCoverage fill(uint64_t seed, const at::Tensor& table) const {
    RandomStream stream(seed, "init/embeddings.weight");
    const double deviation =
        std::sqrt(squares_ / (static_cast<double>(words_) * static_cast<double>(width_)));
    GloveCoverage coverage;
    coverage.pieces = static_cast<int64_t>(rows_.size());
    coverage.words_in_file = words_;
    at::Tensor values =
        at::empty({static_cast<int64_t>(rows_.size()), static_cast<int64_t>(width_)}, at::kDouble);
    double* out = values.mutable_data_ptr<double>();
    for (const Row& row : rows_) {
      (row.is_word ? coverage.found : row.count > 0 ? coverage.averaged : coverage.random) += 1;
      for (size_t j = 0; j < width_; ++j)
        *out++ = row.count > 0 ? row.sum[j] / static_cast<double>(row.count)
                               : deviation * stream.normal();
    }
    const at::NoGradGuard no_grad;
    table.detach().copy_(values);
    return coverage;
  }

  int64_t words() const { return words_; }

 private:
  struct Row {
    bool is_word = false;
    int64_t count = 0;
    std::vector<double> sum;
  };
  const Tokenizer& tokenizer_;
  size_t width_;
  std::vector<Row> rows_;
  double squares_ = 0;
  int64_t words_ = 0;
};

}  // namespace

at::Tensor principal_components(const at::Tensor& table, int64_t width) {
  if (table.dim() != 2 || width < 1 || width > table.size(1))
    throw ConfigError(
        "embedding_width: expected 1 to " + std::to_string(table.dim() == 2 ? table.size(1) : 0) +
        ", the width of the table that the components are of, got " + std::to_string(width));
  const at::NoGradGuard no_grad;
  const at::Tensor x = table.detach().to(at::kCPU, at::kDouble);
  if (!x.isfinite().all().item<bool>())
    throw DataError("embedding table: values that are not finite");
  const at::Tensor centred = x - x.mean(0, true);
  const auto [eigenvalues, eigenvectors] = at::linalg_eigh(at::mm(centred.t(), centred));
  const at::Tensor basis =
      eigenvectors.narrow(1, table.size(1) - width, width).flip({1});  // greatest first
  const at::Tensor greatest = basis.gather(0, basis.abs().argmax(0, true));
  return at::mm(centred, basis * at::where(greatest < 0, -1.0, 1.0)).to(at::kFloat);
}

void init_from_teacher_table(const at::Tensor& table, const TensorView& teacher_table) {
  if (teacher_table.shape.size() != 2 || teacher_table.shape[0] != table.size(0))
    throw ConfigError(
        "embedding_init: the student has " + std::to_string(table.size(0)) +
        " word pieces, the teacher's table another number of rows (share its vocabulary)");
  std::vector<float> values = to_float32(teacher_table);
  const at::Tensor teacher = at::from_blob(values.data(), teacher_table.shape, at::kFloat);
  const at::NoGradGuard no_grad;
  table.detach().copy_(principal_components(teacher, table.size(1)));
}

GloveCoverage init_from_glove(const at::Tensor& table, const std::filesystem::path& file,
                              const Tokenizer& tokenizer, uint64_t seed) {
  if (table.dim() != 2 || table.size(0) != tokenizer.vocabulary_size())
    throw ShapeError("init_from_glove: table must have a row for each of the tokenizer's " +
                     std::to_string(tokenizer.vocabulary_size()) + " pieces");
  const MappedFile mapped(file);
  const LineParser parser(file.string(), static_cast<size_t>(table.size(1)));
  PieceVectors vectors(tokenizer, table.size(1));
  std::string_view rest = mapped.text();
  for (int64_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
    if (text.empty() || parser.is_header(text, number)) continue;
    vectors.add(parser.parse(text, number));
  }
  if (vectors.words() == 0)
    throw DataError(file.string() + ": no word vectors (is the file empty?)");
  return vectors.fill(seed, table);
}

}  // namespace limbeck::nlp
