#include "verify/certify/synonym_list.h"

#include <sstream>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"

namespace limbeck::verify {

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
                                                    const SynonymList& synonyms) {
  std::vector<std::vector<std::string>> all;
  std::istringstream stream(sentence);
  for (std::string word; std::getline(stream, word, ' ');) {
    for (char& c : word)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const auto found = synonyms.find(word);
    all.push_back(found == synonyms.end() ? std::vector<std::string>() : found->second);
  }
  return all;
}

}  // namespace limbeck::verify
