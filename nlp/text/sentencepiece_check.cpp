#include "nlp/text/sentencepiece_check.h"

#include <cstdint>
#include <cstring>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::nlp {
namespace {

constexpr uint64_t kNormalizerField = 3, kDenormalizerField = 5;  // of ModelProto
constexpr uint64_t kCharactersMapField = 2;                       // of NormalizerSpec

/// Reads the fields of one protocol buffer message.
class MessageReader {
 public:
  MessageReader(std::string_view bytes, const std::string& where) : left_(bytes), where_(where) {}

  struct Field {
    uint64_t number;
    std::string_view bytes;  ///< of a length-delimited field
  };
  bool done() const { return left_.empty(); }

  Field next() {
    const uint64_t key = varint();
    switch (key & 7) {
      case 0:
        varint();
        return {key >> 3, {}};
      case 1:
        return {key >> 3, take(8).substr(0, 0)};
      case 2:
        return {key >> 3, take(varint())};
      case 5:
        return {key >> 3, take(4).substr(0, 0)};
      default:
        fail();
    }
  }

 private:
  [[noreturn]] void fail() const {
    throw DataError(where_ + ": not a complete SentencePiece model (is the file complete?)");
  }
  std::string_view take(uint64_t count) {
    if (count > left_.size()) fail();
    const std::string_view taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    fail();
  }

  std::string_view left_;
  const std::string& where_;
};

/// The trie of a `precompiled_charsmap`: 4 bytes of size, the units, then strings that end with
/// NUL.
class CharactersMap {
 public:
  /// False when some key leads out of the units or to a string that does not end.
  static bool is_sound(std::string_view blob) {
    if (blob.empty()) return true;
    uint32_t trie_bytes = 0;
    if (blob.size() <= sizeof trie_bytes) return false;
    std::memcpy(&trie_bytes, blob.data(), sizeof trie_bytes);
    blob.remove_prefix(sizeof trie_bytes);
    if (trie_bytes >= blob.size() || trie_bytes == 0 || trie_bytes % 4 != 0) return false;
    const std::string_view strings = blob.substr(trie_bytes);
    return strings.back() == '\0' &&
           CharactersMap(blob.substr(0, trie_bytes), strings.size()).visit();
  }

 private:
  CharactersMap(std::string_view units, size_t string_bytes)
      : units_(units.size() / 4), is_seen_(units_.size()), string_bytes_(string_bytes) {
    std::memcpy(units_.data(), units.data(), units.size());
  }

  static size_t offset(uint32_t unit) {
    return static_cast<size_t>(unit >> 10) << ((unit & (1u << 9)) >> 6);
  }

  bool add(size_t base) {
    if ((base | 0xFF) >= units_.size()) return false;
    if (!is_seen_[base]) waiting_.push_back(base);
    is_seen_[base] = true;
    return true;
  }

  bool visit() {
    if (!add(offset(units_[0]))) return false;
    while (!waiting_.empty()) {
      const size_t base = waiting_.back();
      waiting_.pop_back();
      for (uint32_t byte = 0; byte < 256; ++byte) {
        const size_t place = base ^ byte;
        const uint32_t unit = units_[place];
        if ((unit & (1u << 31 | 0xFF)) != byte) continue;
        const size_t next = place ^ offset(unit);
        if (!add(next)) return false;
        const bool has_leaf = (unit >> 8 & 1) != 0;
        if (has_leaf && (units_[next] & 0x7FFFFFFF) >= string_bytes_) return false;
      }
    }
    return true;
  }

  std::vector<uint32_t> units_;
  std::vector<bool> is_seen_;
  std::vector<size_t> waiting_;
  size_t string_bytes_;
};

}  // namespace

void check_sentencepiece_model(std::string_view model, const std::string& where) {
  if (model.empty()) throw DataError(where + ": expected a SentencePiece model, got an empty file");
  MessageReader fields(model, where);
  while (!fields.done()) {
    const MessageReader::Field field = fields.next();
    if (field.number != kNormalizerField && field.number != kDenormalizerField) continue;
    MessageReader normalizer(field.bytes, where);
    while (!normalizer.done()) {
      const MessageReader::Field part = normalizer.next();
      if (part.number == kCharactersMapField && !CharactersMap::is_sound(part.bytes))
        throw DataError(where + ": the normalization table of the SentencePiece model is damaged");
    }
  }
}

}  // namespace limbeck::nlp
