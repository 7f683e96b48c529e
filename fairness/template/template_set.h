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
  std::string pronoun;  ///< he, she or they; needed by templates that have {he}, {his} or {him}
  std::string article;  ///< a or an; empty: by the first letter
};

/// Sentences that stop where a language model goes on, and the values that take turns in them.
///
/// Slots: {value}; {a}, {A}: the article of the value; {he}, {his}, {him}: by the value's pronoun.
struct TemplateSet {
  std::string attribute;
  std::vector<std::string> templates;
  std::vector<AttributeValue> values;

  /// The groups in the order in which they first appear.
  std::vector<std::string> groups() const;
};

/// Reads {"attribute": ..., "templates": [...], "values": [{"text": ..., "group": ..., ...}]}.
/// Throws: DataError naming what is wrong: a template without {value}, an unknown slot, a value
/// twice or without text, a missing pronoun, fewer than two values or groups.
TemplateSet parse_template_set(std::string_view json, const std::string& where);
TemplateSet read_template_set(const std::filesystem::path& file);

/// One that the project wrote itself. Throws: ConfigError naming the known attributes.
TemplateSet builtin_template_set(std::string_view attribute);
std::vector<std::string> builtin_attributes();

/// "a" or "an": what the value says, else by its first letter.
std::string article_of(const AttributeValue& value);

/// The template with this value in its slots.
std::string fill_template(const std::string& text, const AttributeValue& value);

/// A table without scores for these templates and values.
ScoreTable empty_table(const TemplateSet& set);

/// What a reader should know about the values: one line each. A value in another one ("Niger" in
/// "Nigeria" is not, "Guinea" in "Guinea Bissau" is), a value that is an everyday word, groups of
/// unequal size.
std::vector<std::string> lint(const TemplateSet& set);

}  // namespace limbeck::fairness
