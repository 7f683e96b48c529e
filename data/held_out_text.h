#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace limbeck::data {

/// Sentences that must stay out of training text, such as a development set: found again in another
/// case, tokenisation or encoding (see sentence_key), and as one sentence inside a longer text.
class HeldOutText {
 public:
  void add(std::string_view sentence);

  /// True when the text is one of the sentences, or holds one whose key has at least kMinPartLength
  /// characters (shorter ones, such as "fascinating .", occur by chance).
  bool is_in(std::string_view text) const;

  size_t size() const { return keys_.size(); }

  static constexpr size_t kMinPartLength = 16;

 private:
  std::unordered_set<std::string> keys_;
  /// Hash of the first kMinPartLength characters to the keys that start so.
  std::unordered_map<uint64_t, std::vector<std::string>> by_start_;
};

/// The lines of plain text files (.gz too).
///
/// Throws: DataError when a file cannot be read or is not UTF-8.
HeldOutText read_held_out_text(const std::vector<std::filesystem::path>& files);

}  // namespace limbeck::data
