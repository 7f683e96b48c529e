#include "fairness/template/template_set.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "fairness/template/agreement.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/core/mapped_file.h"
#include "nlp/text/json_field.h"

namespace limbeck::fairness {
namespace {

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

/// True when some slot of it needs a pronoun.
bool check_template(const std::string& source, const std::string& where) {
  bool has_value = false, has_pronoun = false;
  const auto slot = [&](const std::string& name) {
    has_value = has_value || name == "value" || name == "Value";
    if (!is_slot(name))
      throw DataError(where + ": unknown slot {" + name + "}; known: " + slot_names());
    has_pronoun = has_pronoun || needs_pronoun(name);
  };
  each_part(source, where, slot, [](const std::string&) {});
  if (!has_value) throw DataError(where + ": expected the slot {value}");
  return has_pronoun;
}

bool check_templates(const std::vector<std::string>& templates, const std::string& where,
                     const std::string& name) {
  bool has_pronoun = false;
  for (size_t i = 0; i < templates.size(); ++i)
    has_pronoun = check_template(templates[i], where + ": " + name + " " + std::to_string(i + 1)) ||
                  has_pronoun;
  return has_pronoun;
}

/// Whether anything of a text can be seen: spaces and format characters cannot.
bool has_visible_character(const std::string& text) {
  const auto length = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < length;) {
    UChar32 code = 0;
    U8_NEXT(text.data(), i, length, code);
    const bool is_hidden = code >= 0 && (u_isUWhiteSpace(code) != 0 ||
                                         u_charType(code) == U_FORMAT_CHAR || u_iscntrl(code) != 0);
    if (!is_hidden) return true;
  }
  return false;
}

void check_values(const TemplateSet& set, bool has_pronoun, const std::string& where) {
  std::set<std::string> seen;
  for (size_t i = 0; i < set.values.size(); ++i) {
    const AttributeValue& value = set.values[i];
    const std::string at = where + ": value " + std::to_string(i + 1);
    if (value.text.empty()) throw DataError(at + ": expected a text");
    if (!has_visible_character(value.text))
      throw DataError(at + ": expected a text with a visible character");
    if (value.group.empty()) throw DataError(at + ": expected a group");
    if (!seen.insert(value.text).second)
      throw DataError(at + ": '" + value.text + "' stands there twice");
    if (has_pronoun && value.pronoun.empty())
      throw DataError(at + ": '" + value.text +
                      "': expected a pronoun (a template has {he}, {his} or {him})");
  }
  if (set.values.size() < 2 || set.groups().size() < 2)
    throw DataError(where + ": expected at least two values of two groups, got " +
                    std::to_string(set.values.size()) + " of " +
                    std::to_string(set.groups().size()));
}

/// Equal prompts get equal continuations, which would count as evidence again and again.
void check_prompts(const TemplateSet& set, const std::vector<std::string>& templates,
                   const std::string& name, const std::string& where) {
  std::map<std::string, std::pair<size_t, size_t>> seen;
  for (size_t m = 0; m < templates.size(); ++m)
    for (size_t a = 0; a < set.values.size(); ++a) {
      const std::string prompt = fill_template(templates[m], set.values[a]);
      const auto [found, is_new] = seen.try_emplace(prompt, m, a);
      if (is_new) continue;
      const auto [m0, a0] = found->second;
      const std::string first =
          name + " " + std::to_string(m0 + 1) + " with '" + set.values[a0].text + "'";
      throw DataError(where + ": " + name + " " + std::to_string(m + 1) + " with '" +
                      set.values[a].text + "': '" + prompt + "' is the prompt of " + first);
    }
}

AttributeValue read_value(const nlohmann::json& json, const std::string& where) {
  AttributeValue value;
  if (json.is_string()) {
    value.text = value.group = json.get<std::string>();
    return value;
  }
  const nlp::JsonObject object(json, where);
  object.only({"text", "group", "pronoun", "article", "number"});
  value.text = object.text("text", "");
  value.group = object.text("group", value.text);
  value.pronoun = object.text("pronoun", "");
  value.article = object.text("article", "");
  const std::string number = object.text("number", "singular");
  if (!value.pronoun.empty() && !is_pronoun(value.pronoun))
    object.fail("pronoun", "he, she or they");
  if (!value.article.empty() && value.article != "a" && value.article != "an")
    object.fail("article", "a or an");
  if (number != "singular" && number != "plural") object.fail("number", "singular or plural");
  value.is_plural = number == "plural";
  return value;
}

std::vector<std::string> read_texts(const nlp::JsonObject& file, const char* key) {
  std::vector<std::string> texts;
  for (const nlohmann::json& entry : file.array(key)) {
    if (!entry.is_string()) file.fail(key, "a list of texts");
    texts.push_back(entry.get<std::string>());
  }
  return texts;
}

ValueRole read_role(const nlp::JsonObject& file) {
  const std::string role = file.text("role", "none");
  if (role != "none" && role != "modifier" && role != "noun")
    file.fail("role", "none, modifier or noun");
  return role == "noun"       ? ValueRole::kNoun
         : role == "modifier" ? ValueRole::kModifier
                              : ValueRole::kNone;
}

}  // namespace

std::vector<std::string> TemplateSet::groups() const {
  std::vector<std::string> found;
  for (const AttributeValue& value : values)
    if (std::find(found.begin(), found.end(), value.group) == found.end())
      found.push_back(value.group);
  return found;
}

void check_template_set(const TemplateSet& set, const std::string& where) {
  const bool plain = check_templates(set.templates, where, "template");
  const bool combined = check_templates(set.combined_templates, where, "combined template");
  check_values(set, plain || combined, where);
  check_prompts(set, set.templates, "template", where);
  check_prompts(set, set.combined_templates, "combined template", where);
}

TemplateSet parse_template_set(std::string_view text, const std::string& where) {
  const nlohmann::json json = parse_json(text, where);
  const nlp::JsonObject file(json, where);
  file.only({"attribute", "role", "templates", "combined_templates", "values"});
  TemplateSet set;
  set.attribute = file.text("attribute", "");
  if (set.attribute.empty()) file.fail("attribute", "a name");
  set.role = read_role(file);
  set.templates = read_texts(file, "templates");
  if (set.templates.empty()) file.fail("templates", "at least one template");
  set.combined_templates = read_texts(file, "combined_templates");
  for (const nlohmann::json& entry : file.array("values"))
    set.values.push_back(
        read_value(entry, where + ": value " + std::to_string(set.values.size() + 1)));
  check_template_set(set, where);
  return set;
}

TemplateSet read_template_set(const std::filesystem::path& file) {
  const MappedFile mapped(file);
  return file.extension() == ".tsv" ? parse_template_table(mapped.text(), file.string())
                                    : parse_template_set(mapped.text(), file.string());
}

std::string fill_template(const std::string& source, const AttributeValue& value) {
  std::string filled;
  each_part(
      source, "template", [&](const std::string& name) { filled += fill_slot(name, value); },
      [&](const std::string& text) { filled += text; });
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
    if (!value.parts.empty()) table.parts.push_back(value.parts);
  }
  table.scores.assign(set.templates.size(), std::vector<std::vector<double>>(set.values.size()));
  return table;
}

}  // namespace limbeck::fairness
