#include <algorithm>
#include <cstring>
#include <functional>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "nlp/core/sha256.h"
#include "nlp/tensor/safetensors.h"
#include "verify/certificate/certificate.h"
#include "verify/certificate/json_value.h"
#include "verify/certificate/not_certified.h"
#include "verify/certificate/operation_kind.h"

namespace limbeck::verify {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kVersion = 1;

/// Any number type that a certificate or a model may hold, as doubles.
Dense to_dense(const nlp::TensorView& view, const std::string& where) {
  Dense dense{view.shape, {}};
  dense.values.resize(element_count(view.shape, where));
  const std::byte* bytes = view.bytes.data();
  switch (view.dtype) {
    case nlp::Dtype::kF64:
      std::memcpy(dense.values.data(), bytes, dense.size() * 8);
      break;
    case nlp::Dtype::kI64:
      for (size_t i = 0; i < dense.size(); ++i) {
        int64_t value;
        std::memcpy(&value, bytes + i * 8, 8);
        dense.values[i] = static_cast<double>(value);
      }
      break;
    default: {
      const std::vector<float> values = nlp::to_float32(view);
      dense.values.assign(values.begin(), values.end());
    }
  }
  for (const double value : dense.values)
    if (!std::isfinite(value)) throw DataError(where + ": expected finite numbers");
  return dense;
}

class Reader {
 public:
  Reader(const nlohmann::json& json, const CertificateParts& files, const std::string& where)
      : where_(where), root_(json, where + ": "), files_(files) {}

  Certificate read() {
    if (root_.at("format").text() != "limbeck-certificate")
      root_.at("format").fail("expected 'limbeck-certificate'");
    if (root_.at("version").integer(0) != kVersion)
      root_.at("version").fail("expected " + std::to_string(kVersion));
    if (root_.at("arithmetic").text() != "rigorous")
      root_.at("arithmetic").fail("expected 'rigorous'");
    read_claim();
    read_table();
    read_graph();
    const int64_t parts = root_.at("parts").integer(1, 1 << 16);
    for (int64_t j = 0; j < parts; ++j) read_part(j);
    result_.margins = root_.at("margins").numbers();
    if (result_.margins.size() != result_.parts.size())
      root_.at("margins").fail("expected one number a part");
    return std::move(result_);
  }

 private:
  void read_claim() {
    if (root_.contains("ranges")) {
      const std::string ranges = root_.at("ranges").text();
      if (ranges != "substitution" && ranges != "zonotopes")
        root_.at("ranges").fail("expected substitution or zonotopes");
      result_.by_zonotopes = ranges == "zonotopes";
    }
    result_.classes = root_.at("classes").integer(2, 1 << 20);
    result_.label = root_.at("label").integer(0, result_.classes - 1);
    if (root_.contains("input")) {
      result_.input = root_.at("input").at("index").integer(0);
      result_.sentence = root_.at("input").at("path").text();
      result_.words.emplace_back();  // the only row of the table
    } else {
      read_sentence();
    }
    const JsonValue claim = root_.at("claim");
    const std::string kind = claim.at("kind").text();
    if (kind == "synonyms" && result_.input < 0) {
      result_.budget = claim.at("budget").integer(1);
      result_.cover = read_cover(claim.at("cover"), 0);
    } else if (kind == "balls") {
      result_.norm = claim.at("norm").text();
      if (result_.norm != "1" && result_.norm != "2" && result_.norm != "inf")
        claim.at("norm").fail("expected 1, 2 or inf");
      for (const JsonValue& value : claim.at("balls").list()) {
        result_.balls.push_back({value.at("positions").integers(0, length() - 1),
                                 value.at("radius").number(), value.at("part").integer(0),
                                 value.contains("at_most") ? value.at("at_most").integer(1) : 0});
        if (std::ranges::adjacent_find(result_.balls.back().positions, std::greater_equal{}) !=
                result_.balls.back().positions.end() ||
            result_.balls.back().positions.empty())
          value.at("positions").fail("expected at least one, in order");
        // Of words in two such balls nothing is proved together, as the claim would say.
        if (result_.balls.size() > 1 &&
            (result_.balls.front().at_most > 0 || result_.balls.back().at_most > 0))
          value.fail("expected one ball where it says 'at_most'");
      }
      if (result_.balls.empty()) claim.at("balls").fail("expected at least one ball");
    } else {
      claim.at("kind").fail(result_.input < 0 ? "expected synonyms or balls" : "expected balls");
    }
  }

  void read_sentence() {
    result_.sentence = root_.at("sentence").text();
    if (root_.contains("pieces")) read_pieces(root_.at("pieces"));
    for (const JsonValue& value : root_.at("words").list())
      result_.words.push_back(result_.pieces.empty() ? read_word(value)
                                                     : read_word_of_pieces(value));
    if (result_.words.empty()) root_.at("words").fail("expected at least one word");
  }

  static CertifiedWord read_word(const JsonValue& value) {
    CertifiedWord word;
    word.id = value.at("id").integer(0);
    word.text = value.at("text").text();
    word.candidates = value.at("candidates").integers(0);
    word.candidate_texts = value.at("candidate_texts").texts();
    if (word.candidates.size() != word.candidate_texts.size())
      value.fail("expected one text a candidate");
    return word;
  }

  void read_pieces(const JsonValue& value) {
    slots_ = value.at("slots").integer(1, 1 << 16);
    for (const JsonValue& entry : value.at("words").list()) {
      CertifiedPieces pieces{entry.at("rows").integers(0), entry.at("texts").texts()};
      if (pieces.rows.empty() || static_cast<int64_t>(pieces.rows.size()) > slots_)
        entry.at("rows").fail("expected 1 to " + std::to_string(slots_) + " rows");
      if (pieces.rows.size() != pieces.texts.size()) entry.fail("expected one text a row");
      result_.pieces.push_back(std::move(pieces));
    }
    if (result_.pieces.empty()) value.at("words").fail("expected at least one word");
  }

  /// The layout of the rows is the sentence's: what replaces a word has as many.
  CertifiedWord read_word_of_pieces(const JsonValue& value) const {
    const int64_t most = static_cast<int64_t>(result_.pieces.size()) - 1;
    CertifiedWord word;
    word.id = value.at("id").integer(0, most);
    word.candidates = value.at("candidates").integers(0, most);
    const CertifiedPieces& own = pieces_of(word.id);
    word.text = own.text();
    for (const int64_t candidate : word.candidates) {
      if (pieces_of(candidate).rows.size() != own.rows.size())
        value.at("candidates").fail("expected words of as many pieces");
      word.candidate_texts.push_back(pieces_of(candidate).text());
    }
    return word;
  }

  const CertifiedPieces& pieces_of(int64_t word) const {
    return result_.pieces[static_cast<size_t>(word)];
  }

  int64_t length() const { return static_cast<int64_t>(result_.words.size()); }

  std::unique_ptr<CoverTree> read_cover(const JsonValue& value, int depth) {
    constexpr int kDeepest = 200;
    if (depth > kDeepest) value.fail("expected at most 200 words split in a row");
    auto tree = std::make_unique<CoverTree>();
    if (value.contains("part")) {
      tree->part = value.at("part").integer(0);
      return tree;
    }
    tree->position = value.at("position").integer(0, length() - 1);
    tree->kept = read_cover(value.at("kept"), depth + 1);
    for (const JsonValue& part : value.at("replaced").list())
      tree->replaced.push_back(read_cover(part, depth + 1));
    return tree;
  }

  void read_table() {
    if (result_.input >= 0) {
      result_.table = read_input();
      result_.rows = 1;
      return;
    }
    const JsonValue name = root_.at("model").at("embedding");
    result_.table = of_model(name.text());
    if (result_.table.shape.size() != 2) name.fail("expected a table of two axes");
    result_.rows = result_.table.shape[0];
    if (!result_.pieces.empty()) result_.table = table_of_pieces(result_.table);
  }

  /// The input that the claim is about, as the only row of a table.
  Dense read_input() const {
    const auto found = files_.data.find("inputs");
    const std::string where = where_ + ": tensor 'inputs' of the data";
    if (found == files_.data.end()) throw DataError(where + ": is not there");
    nlp::TensorView view = found->second;
    if (view.shape.size() < 2 || view.shape[0] <= result_.input)
      throw DataError(where + ": expected shape (N, ...) with N above " +
                      std::to_string(result_.input) + ", got " + nlp::shape_text(view.shape));
    const size_t bytes = view.bytes.size() / static_cast<size_t>(view.shape[0]);
    view.bytes = view.bytes.subspan(static_cast<size_t>(result_.input) * bytes, bytes);
    view.shape[0] = 1;
    if (view.dtype != nlp::Dtype::kF64 && view.dtype != nlp::Dtype::kF32 &&
        view.dtype != nlp::Dtype::kF16 && view.dtype != nlp::Dtype::kBF16)
      throw DataError(where + ": expected real numbers, got " +
                      std::string(nlp::dtype_name(view.dtype)));
    Dense dense = to_dense(view, where);
    dense.shape = {1, static_cast<int64_t>(dense.size())};
    return dense;
  }

  /// A row for each word: those of its pieces side by side, then zeros.
  Dense table_of_pieces(const Dense& table) const {
    const int64_t width = table.shape[1];
    Dense words{{static_cast<int64_t>(result_.pieces.size()), slots_ * width}, {}};
    words.values.resize(element_count(words.shape, where_ + ": pieces"));
    auto at = words.values.begin();
    for (const CertifiedPieces& pieces : result_.pieces) {
      auto slot = at;
      for (const int64_t row : pieces.rows) {
        if (row >= result_.rows)
          throw DataError(where_ + ": pieces: expected rows below " + std::to_string(result_.rows) +
                          ", got " + std::to_string(row));
        slot = std::copy_n(table.values.begin() + row * width, width, slot);
      }
      at += slots_ * width;
    }
    return words;
  }

  Dense find(const TensorViews& tensors, const std::string& name, const char* file) const {
    const auto found = tensors.find(name);
    const std::string where = where_ + ": tensor '" + name + "' of the " + file;
    if (found == tensors.end()) throw DataError(where + ": is not there");
    return to_dense(found->second, where);
  }
  /// Throws: DataError where a certificate names the same weights again and again.
  Dense of_model(const std::string& name) {
    constexpr size_t kMost = size_t{1} << 28;
    Dense dense = find(files_.weights, name, "model");
    model_elements_ += dense.size();
    if (model_elements_ > kMost)
      throw DataError(where_ + ": graph: expected at most 2^28 elements of the model");
    return dense;
  }
  Dense own(const std::string& name) const { return find(files_.tensors, name, "certificate"); }
  Dense own(const std::string& name, const std::vector<int64_t>& shape) const {
    Dense dense = own(name);
    if (dense.shape != shape)
      throw DataError(where_ + ": tensor '" + name + "' of the certificate: expected shape " +
                      nlp::shape_text(shape) + ", got " + nlp::shape_text(dense.shape));
    return dense;
  }

  void read_graph() {
    for (const JsonValue& value : root_.at("graph").list()) {
      CertifiedNode node;
      node.op = value.at("op").text();
      const int64_t before = static_cast<int64_t>(result_.graph.size());
      node.inputs = value.at("inputs").integers(0, before - 1);
      node.shape = value.at("shape").integers(1);
      element_count(node.shape, where_ + ": graph");
      node.ints = value.at("ints").integers(0);
      node.numbers = value.at("numbers").numbers();
      for (const JsonValue& constant : value.at("constants").list(8)) {
        if (constant.is_null()) {
          node.constants.emplace_back();
        } else if (constant.contains("model")) {
          node.constants.push_back(of_model(constant.at("model").text()));
        } else {
          node.constants.push_back(own(constant.at("tensor").text()));
        }
      }
      if ((before == 0) != (node.op == "input")) value.fail("expected the input first, and once");
      result_.graph.push_back(std::move(node));
    }
    if (result_.graph.empty()) root_.at("graph").fail("expected at least one node");
  }

  void read_part(int64_t part) {
    std::vector<NodeProof> proofs;
    for (size_t i = 0; i < result_.graph.size(); ++i) {
      const CertifiedNode& node = result_.graph[i];
      const std::string name = "p" + std::to_string(part) + "." + std::to_string(i) + ".";
      NodeProof proof;
      proof.box = {own(name + "lower", node.shape), own(name + "upper", node.shape)};
      if (is_scalar(node.op)) {
        std::vector<int64_t> shape = {4};
        shape.insert(shape.end(), node.shape.begin(), node.shape.end());
        proof.lines = own(name + "lines", shape);
      }
      for (size_t k = 0; k < plane_count(node.op); ++k)
        proof.planes.push_back(own(name + "plane" + std::to_string(k)));
      proofs.push_back(std::move(proof));
    }
    result_.parts.push_back(std::move(proofs));
  }

  std::string where_;
  JsonValue root_;
  const CertificateParts& files_;
  int64_t slots_ = 0;  ///< most pieces of a word
  size_t model_elements_ = 0;
  Certificate result_;
};

/// Pieces by id as a tokenizer.json has them; empty where no piece has the id.
std::vector<std::string> pieces_of(const nlohmann::json& json, const std::string& where) {
  constexpr int64_t kMost = (1 << 24) - 1;
  const JsonValue root(json, where + ": ");
  std::map<std::string, int64_t> ids = root.at("model").at("vocab").integers_by_name(0, kMost);
  if (root.contains("added_tokens"))
    for (const JsonValue& token : root.at("added_tokens").list())
      ids.try_emplace(token.at("content").text(), token.at("id").integer(0, kMost));
  std::vector<std::string> pieces;
  for (const auto& [piece, id] : ids) {
    const size_t row = static_cast<size_t>(id);
    if (row >= pieces.size()) pieces.resize(row + 1);
    if (!pieces[row].empty())
      throw DataError(where + ": expected one piece for id " + std::to_string(id) + ", got '" +
                      pieces[row] + "' and '" + piece + "'");
    pieces[row] = piece;
  }
  return pieces;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> read_vocabulary(const std::string& file, bool is_of_pieces) {
  return is_of_pieces && file.ends_with(".json") ? pieces_of(read_json_file(file), file)
                                                 : lines_of(read_file(file));
}

/// The file as the caller or the certificate names it. Throws: NotCertified for another hash.
std::string hashed(const JsonValue& value, const std::string& instead) {
  const std::string path = instead.empty() ? value.at("path").text() : instead;
  const std::string expected = value.at("sha256").text(), found = sha256_hex_of_file(path);
  if (found != expected)
    throw NotCertified("it speaks of another " + path + ": expected sha256 " + expected + ", got " +
                       found);
  return path;
}

}  // namespace

Certificate parse_certificate(const nlohmann::json& json, const CertificateParts& parts,
                              const std::string& where) {
  Certificate certificate = Reader(json, parts, where).read();
  certificate.vocabulary_words = parts.vocabulary;
  return certificate;
}

Certificate read_certificate(const fs::path& file, const CertificateFiles& files) {
  const nlohmann::json json = read_json_file(file);
  const JsonValue root(json, file.string() + ": ");
  const auto beside = [&](const JsonValue& value) {
    const fs::path name = value.at("path").text();
    if (name != name.filename()) value.at("path").fail("expected a name beside it");
    return nlp::TensorStore::open(hashed(value, (file.parent_path() / name).string()));
  };
  const nlp::TensorStore own = beside(root.at("tensors"));
  if (root.contains("input")) {
    hashed(root.at("network"), files.model);
    const nlp::TensorStore weights = beside(root.at("model"));
    const nlp::TensorStore data = nlp::TensorStore::open(hashed(root.at("input"), files.data));
    Certificate certificate = parse_certificate(
        json, {own.tensors(), weights.tensors(), data.tensors(), {}}, file.string());
    if (!files.data.empty()) certificate.sentence = files.data;
    return certificate;
  }
  const std::string model = hashed(root.at("model"), files.model);
  const std::string vocabulary = hashed(root.at("vocabulary"), files.vocabulary);
  const nlp::TensorStore weights = nlp::TensorStore::open(model);
  return parse_certificate(
      json,
      {own.tensors(), weights.tensors(), {}, read_vocabulary(vocabulary, root.contains("pieces"))},
      file.string());
}

size_t element_count(const std::vector<int64_t>& shape, const std::string& where) {
  constexpr int64_t kMost = int64_t{1} << 28;
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 1 || size > kMost || count * size > kMost)
      throw DataError(where + ": expected sizes from 1 and at most 2^28 elements");
    count *= size;
  }
  return static_cast<size_t>(count);
}

std::string CertifiedPieces::text() const {
  std::string word;
  for (const std::string& piece : texts)
    word += !word.empty() && piece.starts_with("##") ? piece.substr(2) : piece;
  return word;
}

size_t CertifiedNode::size() const { return element_count(shape, op); }

}  // namespace limbeck::verify
