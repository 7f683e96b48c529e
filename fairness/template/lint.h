#pragma once

#include <string>
#include <vector>

#include "fairness/template/template_set.h"
#include "nlp/text/tokenizer.h"

namespace limbeck::fairness {

/// What a reader should know about the values: one line each. A value in another one ("Niger" in
/// "Nigeria" is not, "Guinea" in "Guinea Bissau" is), a value that is an everyday word, values that
/// differ in case alone, groups of unequal size.
std::vector<std::string> lint(const TemplateSet& set);

/// Values that stand in the set and in another one of the same audit: what one of them does shows
/// in both.
std::vector<std::string> lint_shared(const TemplateSet& set, const std::vector<TemplateSet>& all);

/// Values that a tokenizer cuts into other numbers of pieces than most, and groups that it cuts
/// differently: continuations may differ for that alone. `pieces[i]` belongs to value i.
std::vector<std::string> lint_pieces(const TemplateSet& set, const std::vector<int64_t>& pieces);

/// All of the above for a set of an audit.
std::vector<std::string> lint_all(const TemplateSet& set, const std::vector<TemplateSet>& all,
                                  const nlp::Tokenizer& tokenizer);

/// Pieces of each value in running text, behind a space.
std::vector<int64_t> count_pieces(const TemplateSet& set, const nlp::Tokenizer& tokenizer);

}  // namespace limbeck::fairness
