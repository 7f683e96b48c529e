#include "data/held_out_text.h"

#include <algorithm>

#include "data/read/line_reader.h"
#include "data/sentence_set.h"
#include "nlp/core/random_stream.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::data {
namespace {

/// The words of a text without gaps, and where each begins and ends in that.
struct JoinedWords {
  std::string key;
  std::vector<size_t> begins, ends;
};

char in_lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

JoinedWords joined_words(std::string_view text) {
  JoinedWords words;
  bool is_inside = false;
  for (const char given : text) {
    const char c = in_lower_case(given);
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_word && !is_inside) words.begins.push_back(words.key.size());
    if (!is_word && is_inside) words.ends.push_back(words.key.size());
    if (is_word) words.key += c;
    is_inside = is_word;
  }
  if (is_inside) words.ends.push_back(words.key.size());
  return words;
}

}  // namespace

void HeldOutText::add_prompt(std::string_view prompt) {
  const std::string key = joined_words(prompt).key;
  if (key != sentence_key(prompt)) {  // mostly other scripts, or nothing but signs
    if (!prompt.empty()) other_prompts_.emplace_back(prompt);
    return;
  }
  longest_prompt_ = std::max(longest_prompt_, key.size());
  prompts_.insert(key);
}

bool HeldOutText::holds_prompt(std::string_view text) const {
  for (const std::string& prompt : other_prompts_)
    if (nlp::PhraseMatcher::count(text, prompt) > 0) return true;
  if (prompts_.empty()) return false;
  const JoinedWords words = joined_words(text);
  const std::string_view key = words.key;
  for (size_t i = 0; i < words.begins.size(); ++i)
    for (size_t j = i; j < words.ends.size(); ++j) {
      const size_t length = words.ends[j] - words.begins[i];
      if (length > longest_prompt_) break;
      if (prompts_.contains(key.substr(words.begins[i], length))) return true;
    }
  return false;
}

void HeldOutText::add(std::string_view sentence) {
  const std::string key = sentence_key(sentence);
  if (key.empty() || !keys_.insert(key).second || key.size() < kMinPartLength) return;
  by_start_[fnv1a64(std::string_view(key).substr(0, kMinPartLength))].push_back(key);
}

bool HeldOutText::is_in(std::string_view text) const {
  const std::string key = sentence_key(text);
  if (keys_.contains(key) || holds_prompt(text)) return true;
  for (size_t i = 0; i + kMinPartLength <= key.size(); ++i) {
    const std::string_view rest = std::string_view(key).substr(i);
    const auto found = by_start_.find(fnv1a64(rest.substr(0, kMinPartLength)));
    if (found == by_start_.end()) continue;
    for (const std::string& held_out : found->second)
      if (rest.starts_with(held_out)) return true;
  }
  return false;
}

HeldOutText read_held_out_text(const std::vector<std::filesystem::path>& files) {
  HeldOutText held_out;
  std::string line;
  for (const std::filesystem::path& file : files) {
    LineReader lines(file);
    while (lines.next(line)) held_out.add(line);
  }
  return held_out;
}

}  // namespace limbeck::data
