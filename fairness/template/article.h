#pragma once

#include <string>
#include <string_view>

namespace limbeck::fairness {

/// "a" or "an" by the sound that the first word of a text begins with, as it is read aloud: "an
/// hour", "a Ugandan", "an unidentified"; capitals that are spelled out and single letters by the
/// name of the first ("an FBI", "a UN", "an x-ray"), numbers as they are spoken ("an 8", "an 11",
/// "an 1800", "a 110").
///
/// English spelling does not determine it: words that the rule gets wrong stand in a table, and a
/// value can name its article itself.
/// Law: accents and the case of a word that is not spelled out make no difference.
std::string article_of_word(std::string_view text);

}  // namespace limbeck::fairness
