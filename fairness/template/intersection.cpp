#include "fairness/template/intersection.h"

#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

/// The values of `left` before those of `right`: "young" and "female nurse" to "young female
/// nurse".
AttributeValue joined(const AttributeValue& left, const AttributeValue& right, bool is_first) {
  AttributeValue value = right;
  value.text = left.text + " " + right.text;
  value.article = left.article;
  if (value.pronoun.empty()) value.pronoun = left.pronoun;
  if (is_first) value.parts = {right.text};
  value.parts.insert(value.parts.begin(), left.text);
  value.group = is_first ? left.text : left.text + " " + right.group;
  return value;
}

TemplateSet combined(const std::vector<const TemplateSet*>& modifiers, const TemplateSet& noun) {
  TemplateSet set = noun;
  set.role = ValueRole::kNone;
  if (!noun.combined_templates.empty()) set.templates = noun.combined_templates;
  set.combined_templates.clear();
  for (size_t i = modifiers.size(); i > 0; --i) {
    std::vector<AttributeValue> values;
    for (const AttributeValue& left : modifiers[i - 1]->values)
      for (const AttributeValue& right : set.values)
        values.push_back(joined(left, right, i == modifiers.size()));
    set.values = std::move(values);
    set.attribute = modifiers[i - 1]->attribute + " x " + set.attribute;
  }
  check_template_set(set, set.attribute);
  return set;
}

}  // namespace

std::vector<TemplateSet> intersections(const std::vector<TemplateSet>& sets, int64_t order) {
  std::vector<const TemplateSet*> modifiers, nouns;
  for (const TemplateSet& set : sets) {
    if (set.role == ValueRole::kModifier) modifiers.push_back(&set);
    if (set.role == ValueRole::kNoun) nouns.push_back(&set);
  }
  std::vector<TemplateSet> result;
  const uint64_t subsets = uint64_t{1} << modifiers.size();
  for (uint64_t chosen = 1; chosen < subsets; ++chosen) {
    if (__builtin_popcountll(chosen) >= order) continue;
    std::vector<const TemplateSet*> part;
    for (size_t i = 0; i < modifiers.size(); ++i)
      if ((chosen >> i & 1) != 0) part.push_back(modifiers[i]);
    for (const TemplateSet* noun : nouns) result.push_back(combined(part, *noun));
  }
  if (result.empty())
    throw ConfigError(
        "intersections: expected an attribute whose values are modifiers (age, gender, "
        "nationality, religion) and one whose values are nouns (occupation)");
  return result;
}

bool is_counterfactual_pair(const AttributeValue& a, const AttributeValue& b) {
  return differ_in_one_part(a.parts, b.parts);
}

}  // namespace limbeck::fairness
