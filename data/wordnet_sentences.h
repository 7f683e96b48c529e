#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace limbeck::data {

/// The raw sentences of one WordNet gloss: its definition, then each example (the quoted parts,
/// without the quotation marks and without the source that may follow them).
std::vector<std::string> split_gloss(std::string_view gloss);

/// Definitions and examples of data.adj, data.adv, data.noun and data.verb, in file order. Default
/// folder: the Debian package wordnet-base, or WNSEARCHDIR as WordNet's own programs have it.
/// Throws: DataError when a file is missing (naming the package) or a line has no gloss.
std::vector<std::string> read_wordnet_sentences(const std::filesystem::path& folder);

/// WNSEARCHDIR, else /usr/share/wordnet.
std::filesystem::path wordnet_folder();

}  // namespace limbeck::data
