#include "fairness/template/agreement.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <map>

#include "fairness/template/article.h"
#include "fairness/template/template_set.h"
#include "nlp/text/utf8.h"

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

/// Its first character in title case, by the Unicode of ICU.
std::string capitalised(const std::string& text) {
  if (text.empty()) return text;
  const nlp::DecodedCharacter first = nlp::decode_utf8(text, 0);
  std::string result;
  nlp::append_utf8(static_cast<char32_t>(u_totitle(static_cast<UChar32>(first.code_point))),
                   result);
  return result + text.substr(static_cast<size_t>(first.bytes));
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
  return article_of_word(value.text);
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
