#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nlp/text/tokenizer.h"

namespace limbeck::nlp {

/// How a SentencePiece vocabulary is learnt.
struct SentencePieceTrainingOptions {
  std::string model = "unigram";       ///< unigram or bpe
  int32_t vocabulary_size = 8000;      ///< pieces, with <pad> and <unk>; 8 to 1,000,000
  double character_coverage = 0.9995;  ///< share of the characters that get a piece; (0.9, 1]
  bool byte_fallback = false;          ///< spell what has no piece in bytes instead of <unk>
  bool end_piece = false;              ///< a control piece </s>, id 2, that ends a text
  std::string normalization = "nmt_nfkc_cf";  ///< nmt_nfkc, nfkc, nmt_nfkc_cf, nfkc_cf, identity
  int32_t max_piece_length = 16;              ///< characters; 1 to 512

  template <class Self, class Visit>
  static void fields(Self& self, Visit&& visit) {
    visit("model", self.model, "unigram or bpe");
    visit("vocabulary_size", self.vocabulary_size, "pieces, with <pad> and <unk>");
    visit("character_coverage", self.character_coverage, "share of characters that get a piece");
    visit("byte_fallback", self.byte_fallback, "spell what has no piece in bytes");
    visit("end_piece", self.end_piece, "a control piece </s> that ends a text");
    visit("normalization", self.normalization,
          "nmt_nfkc, nfkc, nmt_nfkc_cf (lower-cases), nfkc_cf or identity");
    visit("max_piece_length", self.max_piece_length, "characters of the longest piece");
  }
  /// Throws: ConfigError naming the field and the value.
  void validate() const;
};

/// The id of </s> in a vocabulary that was learnt with `end_piece`.
inline constexpr int32_t kEndPiece = 2;

/// Learns a model from lines of text and returns the bytes of its spm.model. Ids: <pad> 0, <unk> 1.
///
/// Law: equal lines and options give equal bytes (one thread, no sampling). Lines over 16 KiB are
/// cut at white space; lines that are not UTF-8 are refused.
/// Throws: ConfigError for options that the text cannot satisfy (too large a vocabulary), DataError
/// `line 3: not UTF-8`, or when there is no text.
std::string train_sentencepiece(const std::vector<std::string>& lines,
                                const SentencePieceTrainingOptions& options);

/// The same from text files, one sentence a line. Throws: also DataError `file:3: not UTF-8`.
std::string train_sentencepiece(const std::vector<std::filesystem::path>& files,
                                const SentencePieceTrainingOptions& options);

/// Reads an spm.model file. No special tokens are added; a pair is the first text and then the
/// second, cut longest-first. save() writes spm.model. <pad> is its pad piece, else its unknown
/// one. Throws: DataError when it is not a complete SentencePiece model.
std::unique_ptr<Tokenizer> load_sentencepiece(const std::filesystem::path& file);

/// The same from the bytes of the file. `where` names them in errors.
std::unique_ptr<Tokenizer> parse_sentencepiece(std::string_view model, const std::string& where);

}  // namespace limbeck::nlp
