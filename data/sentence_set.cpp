#include "data/sentence_set.h"

#include <array>

#include "nlp/core/random_stream.h"

namespace limbeck::data {
namespace {

bool is_bracket_token(std::string_view lower_case) {
  static constexpr std::array<std::string_view, 6> kBrackets = {"-lrb-", "-rrb-", "-lsb-",
                                                                "-rsb-", "-lcb-", "-rcb-"};
  for (const std::string_view bracket : kBrackets)
    if (lower_case == bracket) return true;
  return false;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string sentence_key(std::string_view sentence) {
  std::string key, token;
  size_t other_scripts = 0;
  for (size_t i = 0; i < sentence.size(); ++i) {
    if (sentence[i] == '-' && sentence.size() - i >= 5) {
      token.assign(sentence.substr(i, 5));
      for (char& c : token) c = lower(c);
      if (is_bracket_token(token)) {
        i += 4;
        continue;
      }
    }
    const char c = lower(sentence[i]);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) key += c;
    if (static_cast<unsigned char>(c) >= 0x80) ++other_scripts;
  }
  const bool is_mostly_other = key.empty() || other_scripts > key.size();
  return is_mostly_other ? std::string(sentence) : key;
}

bool SentenceSet::insert(std::string_view sentence) {
  return hashes_.insert(fnv1a64(sentence_key(sentence))).second;
}

bool SentenceSet::contains(std::string_view sentence) const {
  return hashes_.contains(fnv1a64(sentence_key(sentence)));
}

}  // namespace limbeck::data
