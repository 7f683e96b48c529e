#pragma once

#include <optional>
#include <string>

/// The word lists of VADER's rules. Source: Hutto & Gilbert 2014, released code, version 3.3.2.
namespace limbeck::fairness::detail {

/// +0.293 for an intensifier such as "very", -0.293 for a dampener such as "hardly", 0 for others.
double booster(const std::string& word);

/// "not", "never", "without", ..., and everything with "n't".
bool is_negation(const std::string& word);

/// The rating of a phrase that is more than its words, such as "kiss of death".
std::optional<double> special_phrase(const std::string& phrase);

}  // namespace limbeck::fairness::detail
