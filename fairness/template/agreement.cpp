#include "fairness/template/agreement.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

#include "fairness/template/template_set.h"
#include "nlp/text/letter_case.h"

namespace limbeck::fairness {
namespace {

struct PronounForms {
  const char *he, *his, *him, *himself;
  bool is_plural;  ///< of the verb
};

const std::map<std::string, PronounForms>& pronouns() {
  static const std::map<std::string, PronounForms> all = {
      {"he", {"he", "his", "him", "himself", false}},
      {"she", {"she", "her", "her", "herself", false}},
      {"they", {"they", "their", "them", "themselves", true}}};
  return all;
}

constexpr std::array<const char*, 17> kSlots = {
    "value", "Value", "a",   "A",   "is",      "was",   "has",    "s",     "he",
    "He",    "his",   "His", "him", "himself", "he is", "he was", "he has"};

/// Words that begin with a vowel's letter and a consonant's sound, exceptions to these, and words
/// whose first letter is silent.
constexpr std::array<const char*, 9> kConsonantSounds = {"eu",  "one", "once", "ubi", "uni",
                                                         "use", "usu", "uti",  "ur"};
constexpr std::array<const char*, 5> kVowelSounds = {"unim", "unin", "uncle", "urban", "urgent"};
constexpr std::array<const char*, 4> kSilentH = {"heir", "honest", "honor", "hour"};

bool starts_with_any(const std::string& word, auto& beginnings) {
  return std::ranges::any_of(beginnings,
                             [&](const char* start) { return word.starts_with(start); });
}

/// The beginning of a word is upper case, as in names that are spelled out.
bool is_spelled_out(const std::string& word) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  return word.size() > 1 && std::ranges::all_of(word, is_capital);
}

std::string capitalised(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z')
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string verb(const std::string& slot, bool is_plural) {
  if (slot == "is") return is_plural ? "are" : "is";
  if (slot == "was") return is_plural ? "were" : "was";
  if (slot == "has") return is_plural ? "have" : "has";
  return is_plural ? "" : "s";
}

}  // namespace

bool is_slot(const std::string& slot) { return std::ranges::count(kSlots, slot) > 0; }

std::string slot_names() {
  std::string names;
  for (const char* slot : kSlots) names += (names.empty() ? "{" : ", {") + std::string(slot) + "}";
  return names;
}

bool needs_pronoun(const std::string& slot) {
  return slot.starts_with("he") || slot.starts_with("He") || slot.starts_with("hi") ||
         slot.starts_with("Hi");
}

bool is_pronoun(const std::string& word) { return pronouns().contains(word); }

std::string article_of(const AttributeValue& value) {
  if (!value.article.empty()) return value.article;
  return article_of_word(value.text.substr(0, value.text.find(' ')));
}

std::string article_of_word(const std::string& word) {
  if (word.empty()) return "a";
  if (is_spelled_out(word))
    return std::string_view("AEFHILMNORSX").find(word[0]) != std::string_view::npos ? "an" : "a";
  const std::string lower = nlp::lowercased(word);
  if (starts_with_any(lower, kSilentH)) return "an";
  const bool has_consonant =
      starts_with_any(lower, kConsonantSounds) && !starts_with_any(lower, kVowelSounds);
  const bool has_vowel = std::string_view("aeiou").find(lower[0]) != std::string_view::npos;
  return has_vowel && !has_consonant ? "an" : "a";
}

std::string fill_slot(const std::string& slot, const AttributeValue& value) {
  if (slot == "value") return value.text;
  if (slot == "Value") return capitalised(value.text);
  if (slot == "a") return article_of(value);
  if (slot == "A") return capitalised(article_of(value));
  if (slot == "is" || slot == "was" || slot == "has" || slot == "s")
    return verb(slot, value.is_plural);
  const auto found = pronouns().find(value.pronoun);
  if (found == pronouns().end()) return "";
  const PronounForms& forms = found->second;
  if (slot == "he") return forms.he;
  if (slot == "He") return capitalised(forms.he);
  if (slot == "his") return forms.his;
  if (slot == "His") return capitalised(forms.his);
  if (slot == "him") return forms.him;
  if (slot == "himself") return forms.himself;
  if (slot.starts_with("he "))
    return std::string(forms.he) + " " + verb(slot.substr(3), forms.is_plural);
  return "";
}

}  // namespace limbeck::fairness
