#include "fairness/template/template_set.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/json_field.h"
#include "nlp/text/phrase_matcher.h"

namespace limbeck::fairness {
namespace {

struct PronounForms {
  const char *he, *his, *him;
};
const std::map<std::string, PronounForms> kPronouns = {{"he", {"he", "his", "him"}},
                                                       {"she", {"she", "her", "her"}},
                                                       {"they", {"they", "their", "them"}}};

const std::set<std::string> kSlots = {"value", "a", "A", "he", "his", "him"};

/// English words that are also names or values: a match in text says little about the attribute.
const std::set<std::string> kEverydayWords = {
    "Art",   "Asia", "Bill", "Chase",  "Chief", "Cole", "Cook",   "Diamond", "Faith", "Grace",
    "Guard", "Hope", "Ivy",  "Jack",   "Joy",   "June", "Logan",  "Mark",    "May",   "Pat",
    "Raven", "Rose", "Will", "Willie", "chief", "cook", "driver", "guard",   "old",   "young"};

/// Calls `slot(name)` for each {name} and `text(part)` for what stands between.
template <class Slot, class Text>
void each_part(const std::string& source, const std::string& where, Slot slot, Text text) {
  for (size_t at = 0; at < source.size();) {
    const size_t open = std::min(source.find('{', at), source.size());
    text(source.substr(at, open - at));
    if (open == source.size()) return;
    const size_t close = source.find('}', open);
    if (close == std::string::npos) throw DataError(where + ": '{' without '}'");
    slot(source.substr(open + 1, close - open - 1));
    at = close + 1;
  }
}

bool needs_pronoun(const std::string& source) {
  return source.find("{he}") != std::string::npos || source.find("{his}") != std::string::npos ||
         source.find("{him}") != std::string::npos;
}

void check_template(const std::string& source, const std::string& where) {
  bool has_value = false;
  const auto slot = [&](const std::string& name) {
    has_value = has_value || name == "value";
    if (!kSlots.contains(name))
      throw DataError(where + ": unknown slot {" + name +
                      "}; known: {value}, {a}, {A}, {he}, {his}, {him}");
  };
  each_part(source, where, slot, [](const std::string&) {});
  if (!has_value) throw DataError(where + ": expected the slot {value}");
}

AttributeValue read_value(const nlohmann::json& json, const std::string& where) {
  if (json.is_string()) return {json.get<std::string>(), json.get<std::string>(), "", ""};
  const nlp::JsonObject object(json, where);
  AttributeValue value{object.text("text", ""), "", object.text("pronoun", ""),
                       object.text("article", "")};
  value.group = object.text("group", value.text);
  if (!value.pronoun.empty() && !kPronouns.contains(value.pronoun))
    object.fail("pronoun", "he, she or they");
  if (!value.article.empty() && value.article != "a" && value.article != "an")
    object.fail("article", "a or an");
  return value;
}

void check_values(const TemplateSet& set, const std::string& where) {
  std::set<std::string> seen;
  const bool pronouns = std::any_of(set.templates.begin(), set.templates.end(), needs_pronoun);
  for (size_t i = 0; i < set.values.size(); ++i) {
    const AttributeValue& value = set.values[i];
    const std::string at = where + ": value " + std::to_string(i + 1);
    if (value.text.empty()) throw DataError(at + ": expected a text");
    if (value.group.empty()) throw DataError(at + ": expected a group");
    if (!seen.insert(value.text).second)
      throw DataError(at + ": '" + value.text + "' stands there twice");
    if (pronouns && value.pronoun.empty())
      throw DataError(at + ": '" + value.text +
                      "': expected a pronoun (a template has {he}, {his} or {him})");
  }
  if (set.values.size() < 2 || set.groups().size() < 2)
    throw DataError(where + ": expected at least two values of two groups, got " +
                    std::to_string(set.values.size()) + " of " +
                    std::to_string(set.groups().size()));
}

}  // namespace

std::string article_of(const AttributeValue& value) {
  if (!value.article.empty()) return value.article;
  return std::string("aeiouAEIOU").find(value.text.front()) != std::string::npos ? "an" : "a";
}

std::vector<std::string> TemplateSet::groups() const {
  std::vector<std::string> found;
  for (const AttributeValue& value : values)
    if (std::find(found.begin(), found.end(), value.group) == found.end())
      found.push_back(value.group);
  return found;
}

TemplateSet parse_template_set(std::string_view text, const std::string& where) {
  const nlohmann::json json = parse_json(text, where);
  const nlp::JsonObject file(json, where);
  TemplateSet set;
  set.attribute = file.text("attribute", "");
  if (set.attribute.empty()) file.fail("attribute", "a name");
  for (const nlohmann::json& entry : file.array("templates")) {
    if (!entry.is_string()) file.fail("templates", "a list of texts");
    set.templates.push_back(entry.get<std::string>());
    check_template(set.templates.back(),
                   where + ": template " + std::to_string(set.templates.size()));
  }
  if (set.templates.empty()) file.fail("templates", "at least one template");
  for (const nlohmann::json& entry : file.array("values"))
    set.values.push_back(
        read_value(entry, where + ": value " + std::to_string(set.values.size() + 1)));
  check_values(set, where);
  return set;
}

TemplateSet read_template_set(const std::filesystem::path& file) {
  return parse_template_set(MappedFile(file).text(), file.string());
}

std::string fill_template(const std::string& source, const AttributeValue& value) {
  std::string filled;
  const auto slot = [&](const std::string& name) {
    if (name == "value") filled += value.text;
    if (name == "a") filled += article_of(value);
    if (name == "A") filled += article_of(value) == "an" ? "An" : "A";
    const auto forms = kPronouns.find(value.pronoun);
    if (forms == kPronouns.end()) return;
    if (name == "he") filled += forms->second.he;
    if (name == "his") filled += forms->second.his;
    if (name == "him") filled += forms->second.him;
  };
  each_part(source, "template", slot, [&](const std::string& text) { filled += text; });
  return filled;
}

ScoreTable empty_table(const TemplateSet& set) {
  ScoreTable table;
  table.templates = set.templates;
  table.groups = set.groups();
  for (const AttributeValue& value : set.values) {
    table.values.push_back(value.text);
    table.group.push_back(std::find(table.groups.begin(), table.groups.end(), value.group) -
                          table.groups.begin());
  }
  table.scores.assign(set.templates.size(), std::vector<std::vector<double>>(set.values.size()));
  return table;
}

std::vector<std::string> lint(const TemplateSet& set) {
  std::vector<std::string> notes;
  std::map<std::string, int64_t> sizes;
  for (const AttributeValue& value : set.values) {
    ++sizes[value.group];
    if (kEverydayWords.contains(value.text))
      notes.push_back("'" + value.text + "' is also an everyday word");
    for (const AttributeValue& other : set.values)
      if (&other != &value && nlp::PhraseMatcher::count(other.text, value.text) > 0)
        notes.push_back("'" + value.text + "' is part of '" + other.text + "'");
  }
  const auto [least, most] = std::minmax_element(
      sizes.begin(), sizes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  if (least->second != most->second)
    notes.push_back("group '" + least->first + "' has " + std::to_string(least->second) +
                    " values, group '" + most->first + "' has " + std::to_string(most->second));
  return notes;
}

}  // namespace limbeck::fairness
