#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace limbeck::data {

/// Text that must stay out of training text, such as a development set or the prompts of an
/// evaluation: found again in another case, tokenisation or encoding (see sentence_key), and inside
/// a longer text.
class HeldOutText {
 public:
  void add(std::string_view sentence);
  /// What a model will be asked to go on from: a text that holds it says how.
  void add_prompt(std::string_view prompt);

  /// True when the text
  /// - is one of the sentences, or holds one whose key has at least kMinPartLength characters
  ///   (shorter ones, such as "fascinating .", occur by chance), or
  /// - holds a prompt of any length as a run of whole words: "In the end he" is in "In the end, he
  ///   left" and not in "In the end her". Words are ASCII letters and digits in either case, all
  ///   else parts them; prompts mostly of other scripts are found as they are written.
  bool is_in(std::string_view text) const;

  size_t size() const { return keys_.size(); }

  static constexpr size_t kMinPartLength = 16;

 private:
  std::unordered_set<std::string> keys_;
  /// Hash of the first kMinPartLength characters to the keys that start so.
  std::unordered_map<uint64_t, std::vector<std::string>> by_start_;

  /// So that parts of a text are looked up without a copy.
  struct ViewHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  bool holds_prompt(std::string_view text) const;

  std::unordered_set<std::string, ViewHash, std::equal_to<>> prompts_;  ///< words without gaps
  size_t longest_prompt_ = 0;
  std::vector<std::string> other_prompts_;  ///< of other scripts
};

/// The lines of plain text files (.gz too).
///
/// Throws: DataError when a file cannot be read or is not UTF-8.
HeldOutText read_held_out_text(const std::vector<std::filesystem::path>& files);

}  // namespace limbeck::data
