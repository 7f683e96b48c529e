#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::nlp {

/// Half-open byte range in the UTF-8 text that was encoded; {0, 0} for special tokens.
struct TextSpan {
  int32_t begin = 0, end = 0;
  bool operator==(const TextSpan&) const = default;
};

/// One encoded text or pair of texts; all vectors have the same length.
struct Encoding {
  std::vector<int32_t> ids;
  std::vector<int32_t> type_ids;      ///< 0 for the first text, 1 for the second
  std::vector<uint8_t> special_mask;  ///< 1 where the token stands for no text ([CLS], [SEP])
  std::vector<TextSpan> spans;        ///< where in its own text each token stands
};

/// Text to token ids, exactly as the model's reference implementation gives them. Immutable and
/// safe to share.
///
/// Laws: every span lies on UTF-8 boundaries of the text, spans of one text do not decrease, and
/// ids are those of the Hugging Face implementation for the same files.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// With special tokens. `max_length` counts all tokens; a pair loses tokens from its longer text
  /// first. Bytes that are not UTF-8 count as U+FFFD (readers reject them earlier). Throws:
  /// ConfigError when max_length < the special tokens.
  virtual Encoding encode(std::string_view text, std::optional<std::string_view> pair,
                          int32_t max_length) const = 0;

  /// The fast path: ids only, appended to `ids`.
  virtual void append_ids(std::string_view text, std::optional<std::string_view> pair,
                          int32_t max_length, std::vector<int32_t>& ids) const = 0;

  virtual int32_t vocabulary_size() const = 0;
  virtual int32_t pad_id() const = 0;
  virtual int32_t unknown_id() const = 0;
  /// Tokens that the model was made for (`model_max_length`); the largest int32 when the files do
  /// not say.
  virtual int32_t model_max_length() const { return std::numeric_limits<int32_t>::max(); }
  virtual std::string token(int32_t id) const = 0;
  /// Text of the ids without special tokens, as the reference implementation joins them.
  virtual std::string decode(const std::vector<int32_t>& ids) const = 0;
  /// What a token adds to a text that it goes on, its blank included; empty for a special token.
  /// May be part of a character.
  virtual std::string token_bytes(int32_t id) const { return decode({id}); }

  /// Writes the files that load_tokenizer() and Hugging Face read (vocab.txt,
  /// tokenizer_config.json, ... or spm.model).
  virtual void save(const std::filesystem::path& directory) const = 0;
};

/// Reads the tokenizer of a model directory: tokenizer.json or vocab.txt (+ tokenizer_config.json),
/// or spm.model. Throws: DataError naming the files looked for; UnsupportedError for a tokenizer
/// type not implemented.
std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_directory);

}  // namespace limbeck::nlp
