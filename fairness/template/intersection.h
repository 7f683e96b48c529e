#pragma once

#include <cstdint>
#include <vector>

#include "fairness/template/template_set.h"

namespace limbeck::fairness {

/// Combined attributes such as "gender x occupation" with the values "female nurse", "male nurse":
/// every choice of at most `order` of the sets, in their order, that is some modifiers and one
/// noun. Group fairness compares the modifiers; the templates are those of the noun's set.
///
/// Law:    values are all combinations; `parts` has one text an attribute.
/// Throws: ConfigError when no two of the sets can be combined.
std::vector<TemplateSet> intersections(const std::vector<TemplateSet>& sets, int64_t order);

/// A counterfactual changes one attribute: two values of an intersection are compared when they
/// differ in one part, values of a plain attribute always.
bool is_counterfactual_pair(const AttributeValue& a, const AttributeValue& b);

}  // namespace limbeck::fairness
