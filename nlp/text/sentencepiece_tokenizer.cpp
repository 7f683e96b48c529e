#include <sentencepiece_processor.h>

#include <algorithm>
#include <cmath>

#include "nlp/core/atomic_file.h"
#include "nlp/core/errors.h"
#include "nlp/text/sentencepiece.h"
#include "nlp/text/sentencepiece_check.h"
#include "nlp/text/sequence_template.h"
#include "nlp/text/utf8.h"

namespace limbeck::nlp {
namespace {

/// U+2581 stands for a blank in pieces.
constexpr std::string_view kBlank = "\xE2\x96\x81";

/// A text as well-formed UTF-8, and where each of its bytes (and its end) stands in the original.
struct RepairedText {
  std::string text;
  std::vector<int32_t> original;
};

RepairedText repair(std::string_view text) {
  RepairedText repaired;
  for (size_t at = 0; at < text.size();) {
    const DecodedCharacter decoded = decode_utf8(text, at);
    append_utf8(decoded.code_point, repaired.text);
    repaired.original.resize(repaired.text.size(), static_cast<int32_t>(at));
    at += static_cast<size_t>(decoded.bytes);
  }
  repaired.original.push_back(static_cast<int32_t>(text.size()));
  return repaired;
}

class SentencePieceTokenizer : public Tokenizer {
 public:
  SentencePieceTokenizer(std::string_view model, const std::string& where) : model_(model) {
    check_sentencepiece_model(model, where);
    const auto status = processor_.LoadFromSerializedProto(model_);
    if (!status.ok())
      throw DataError(where + ": not a SentencePiece model (is the file complete?)");
    for (int id = 0; id < processor_.GetPieceSize(); ++id)
      if (!std::isfinite(processor_.GetScore(id)))
        throw DataError(where + ": the score of piece " + std::to_string(id) + " is not finite");
  }

  Encoding encode(std::string_view text, std::optional<std::string_view> pair,
                  int32_t max_length) const override {
    std::vector<Piece> first = pieces(text);
    std::vector<Piece> second = pair ? pieces(*pair) : std::vector<Piece>();
    const KeptLengths kept = truncate_pair(first.size(), second.size(), room(max_length));
    first.resize(std::min(first.size(), kept.first));
    second.resize(kept.second);
    Encoding encoding;
    const auto add = [&](const std::vector<Piece>& part, int32_t type_id) {
      for (const Piece& piece : part) {
        encoding.ids.push_back(piece.id);
        encoding.spans.push_back(piece.span);
        encoding.type_ids.push_back(type_id);
        encoding.special_mask.push_back(0);
      }
    };
    add(first, 0);
    add(second, 1);
    return encoding;
  }

  void append_ids(std::string_view text, std::optional<std::string_view> pair, int32_t max_length,
                  std::vector<int32_t>& ids) const override {
    const std::vector<int32_t> added = encode(text, pair, max_length).ids;
    ids.insert(ids.end(), added.begin(), added.end());
  }

  int32_t vocabulary_size() const override { return processor_.GetPieceSize(); }
  int32_t unknown_id() const override { return processor_.unk_id(); }
  int32_t pad_id() const override {
    return processor_.pad_id() >= 0 ? processor_.pad_id() : processor_.unk_id();
  }

  std::string token(int32_t id) const override {
    if (id < 0 || id >= vocabulary_size())
      throw ConfigError("token: expected an id from 0 to " + std::to_string(vocabulary_size() - 1) +
                        ", got " + std::to_string(id));
    return processor_.IdToPiece(id);
  }

  std::string decode(const std::vector<int32_t>& ids) const override {
    std::vector<int> kept;
    for (const int32_t id : ids)
      if (id >= 0 && id < vocabulary_size() && !processor_.IsControl(id)) kept.push_back(id);
    std::string text;
    const auto status = processor_.Decode(kept, &text);
    if (!status.ok()) throw DataError("decode: " + status.ToString());
    return text;
  }

  std::string token_bytes(int32_t id) const override {
    const std::string piece = token(id);
    if (processor_.IsControl(id)) return "";
    if (processor_.IsUnknown(id)) return "\uFFFD";
    if (processor_.IsByte(id))
      return {static_cast<char>(std::stoi(piece.substr(3, 2), nullptr, 16))};
    std::string bytes;
    for (size_t at = 0; at < piece.size();) {
      const bool is_blank = piece.compare(at, kBlank.size(), kBlank) == 0;
      bytes += is_blank ? ' ' : piece[at];
      at += is_blank ? kBlank.size() : 1;
    }
    return bytes;
  }

  void save(const std::filesystem::path& directory) const override {
    write_file_atomic(directory / "spm.model", model_);
  }

 private:
  struct Piece {
    int32_t id = 0;
    TextSpan span;
  };

  static size_t room(int32_t max_length) {
    if (max_length < 0)
      throw ConfigError("encode: max_length must be at least 0, got " + std::to_string(max_length));
    return static_cast<size_t>(max_length);
  }

  std::vector<Piece> pieces(std::string_view text) const {
    if (text.size() > size_t{1} << 30)
      throw DataError("encode: expected a text of at most 1 GiB, got " +
                      std::to_string(text.size()) + " bytes");
    if (first_invalid_utf8(text) == std::string_view::npos) return well_formed_pieces(text);
    const RepairedText repaired = repair(text);
    std::vector<Piece> out = well_formed_pieces(repaired.text);
    for (Piece& piece : out) {
      piece.span.begin = repaired.original[static_cast<size_t>(piece.span.begin)];
      piece.span.end = repaired.original[static_cast<size_t>(piece.span.end)];
    }
    return out;
  }

  std::vector<Piece> well_formed_pieces(std::string_view text) const {
    sentencepiece::ImmutableSentencePieceText encoded;
    const auto status = processor_.Encode(text, encoded.mutable_proto());
    if (!status.ok()) throw DataError("encode: " + status.ToString());
    std::vector<Piece> out;
    out.reserve(encoded.pieces_size());
    for (size_t i = 0; i < encoded.pieces_size(); ++i) {
      const auto piece = encoded.pieces(static_cast<int>(i));
      out.push_back({static_cast<int32_t>(piece.id()),
                     {static_cast<int32_t>(piece.begin()), static_cast<int32_t>(piece.end())}});
    }
    return out;
  }

  std::string model_;
  sentencepiece::SentencePieceProcessor processor_;
};

}  // namespace

std::unique_ptr<Tokenizer> parse_sentencepiece(std::string_view model, const std::string& where) {
  return std::make_unique<SentencePieceTokenizer>(model, where);
}

std::unique_ptr<Tokenizer> load_sentencepiece(const std::filesystem::path& file) {
  return parse_sentencepiece(read_file(file), file.string());
}

}  // namespace limbeck::nlp
