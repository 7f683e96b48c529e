#include "verify/certify/synonym_list.h"

#include <cctype>
#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"

namespace limbeck::verify {
namespace {

/// `film` of `film.` and `(film)`.
std::string without_punctuation(const std::string& word) {
  const auto is_mark = [](char c) { return std::ispunct(static_cast<unsigned char>(c)) != 0; };
  size_t begin = 0, end = word.size();
  while (begin < end && is_mark(word[begin])) ++begin;
  while (end > begin && is_mark(word[end - 1])) --end;
  return word.substr(begin, end - begin);
}

}  // namespace

SynonymList read_synonyms(const std::filesystem::path& file) {
  const nlohmann::json json = read_json_file(file);
  if (!json.is_object())
    throw DataError(file.string() + ": expected a JSON object of word: [words], got " +
                    json.type_name());
  SynonymList list;
  for (const auto& [word, others] : json.items()) {
    try {
      list[word] = others.get<std::vector<std::string>>();
    } catch (const nlohmann::json::exception&) {
      throw DataError(file.string() + ": word '" + word + "': expected an array of words, got " +
                      others.type_name());
    }
  }
  return list;
}

std::vector<std::vector<std::string>> candidates_of(const std::string& sentence,
                                                    const SynonymList& synonyms,
                                                    bool cuts_punctuation) {
  std::vector<std::vector<std::string>> all;
  std::istringstream stream(sentence);
  for (std::string word; std::getline(stream, word, ' ');) {
    for (char& c : word)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    auto found = synonyms.find(word);
    if (cuts_punctuation && found == synonyms.end())
      found = synonyms.find(without_punctuation(word));
    all.push_back(found == synonyms.end() ? std::vector<std::string>() : found->second);
  }
  return all;
}

}  // namespace limbeck::verify
