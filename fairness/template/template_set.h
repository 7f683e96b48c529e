#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "fairness/metric/score_table.h"

namespace limbeck::fairness {

/// One value of a sensitive attribute.
struct AttributeValue {
  std::string text;     ///< "Italy", "software developer"
  std::string group;    ///< subgroup of group fairness; the value itself when the file names none
  std::string pronoun;  ///< he, she or they; needed by templates that have {he}, {his}, ...
  std::string article;  ///< a or an; empty: by the sound of the first word
  bool is_plural = false;          ///< of the verbs {is}, {was}, {has}, {s}
  std::vector<std::string> parts;  ///< of an intersection: the value of each attribute; else empty
};

/// What a value can be in a combined one, such as "female" and "nurse" in "female nurse".
enum class ValueRole { kNone, kModifier, kNoun };

/// Sentences that stop where a language model goes on, and the values that take turns in them.
///
/// Slots: those of agreement.h, {value} or {Value} among them.
struct TemplateSet {
  std::string attribute;
  std::vector<std::string> templates;
  std::vector<AttributeValue> values;
  ValueRole role = ValueRole::kNone;
  std::vector<std::string> combined_templates;  ///< for intersections; empty: the templates

  /// The groups in the order in which they first appear.
  std::vector<std::string> groups() const;
};

/// Reads {"attribute": ..., "role": "modifier", "templates": [...], "values": [{"text": ...,
/// "group": ..., "pronoun": ..., "article": ..., "number": "plural"}]}; a value may be its text
/// alone.
/// Throws: DataError naming what is wrong: a template without {value}, an unknown slot, a value
/// twice or without text, two prompts that are equal, a missing pronoun, fewer than two values or
/// groups.
TemplateSet parse_template_set(std::string_view json, const std::string& where);
/// The same with tabs, a line each: "attribute NAME", "role ROLE", "template TEXT",
/// "value TEXT [GROUP [PRONOUN [ARTICLE [NUMBER]]]]"; empty lines and lines with # are left out.
/// Throws: DataError `where:3: ...`, and as parse_template_set().
TemplateSet parse_template_table(std::string_view text, const std::string& where);
/// A .tsv file by the second, any other by the first.
TemplateSet read_template_set(const std::filesystem::path& file);

/// Throws: DataError as parse_template_set().
void check_template_set(const TemplateSet& set, const std::string& where);

/// One that the project wrote itself. Throws: ConfigError naming the known attributes.
TemplateSet builtin_template_set(std::string_view attribute);
std::vector<std::string> builtin_attributes();

/// The template with this value in its slots.
std::string fill_template(const std::string& text, const AttributeValue& value);

/// A table without scores for these templates and values.
ScoreTable empty_table(const TemplateSet& set);

}  // namespace limbeck::fairness
