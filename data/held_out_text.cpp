#include "data/held_out_text.h"

#include "data/read/line_reader.h"
#include "data/sentence_set.h"
#include "nlp/core/random_stream.h"

namespace limbeck::data {

void HeldOutText::add(std::string_view sentence) {
  const std::string key = sentence_key(sentence);
  if (key.empty() || !keys_.insert(key).second || key.size() < kMinPartLength) return;
  by_start_[fnv1a64(std::string_view(key).substr(0, kMinPartLength))].push_back(key);
}

bool HeldOutText::is_in(std::string_view text) const {
  const std::string key = sentence_key(text);
  if (keys_.contains(key)) return true;
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
