#pragma once

#include <filesystem>
#include <string>
#include <unordered_map>
#include <vector>

namespace limbeck::verify {

/// What each word may become, in lower case.
using SynonymList = std::unordered_map<std::string, std::vector<std::string>>;

/// Reads {"word": ["other", ...], ...}. Throws: DataError naming the file and the word.
SynonymList read_synonyms(const std::filesystem::path& file);

/// The synonyms of each word between spaces, whatever its case; one list a word. A model that
/// `cuts_punctuation` off words also finds those of `film` for `film.`.
std::vector<std::vector<std::string>> candidates_of(const std::string& sentence,
                                                    const SynonymList& synonyms,
                                                    bool cuts_punctuation = false);

}  // namespace limbeck::verify
