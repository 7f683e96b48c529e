#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace limbeck::fairness {

/// Scores in [0, 1] of every continuation of one attribute by one scorer.
struct ScoreTable {
  std::vector<std::string> templates;  ///< M
  std::vector<std::string> values;     ///< A
  std::vector<int64_t> group;          ///< (A) index into groups
  std::vector<std::string> groups;
  std::vector<std::vector<std::vector<double>>> scores;  ///< [template][value][continuation]
  /// (A) of an intersection: the value of each attribute, "female" and "nurse"; else empty.
  std::vector<std::vector<std::string>> parts = {};

  /// Throws: DataError naming template and value for an empty cell or a score outside [0, 1];
  /// ConfigError for fewer than two values or groups.
  void validate() const;
};

/// A counterfactual changes one attribute: do two values differ in exactly one part? Those of a
/// plain attribute, without parts, always do.
bool differ_in_one_part(const std::vector<std::string>& a, const std::vector<std::string>& b);

/// Two values that are compared.
struct ValuePair {
  size_t a = 0, b = 0;
  bool crosses_groups = false;
};
/// All unordered pairs that differ_in_one_part(), a < b.
std::vector<ValuePair> value_pairs(const ScoreTable& table);

/// Individual fairness: the mean of W1 over templates and value_pairs().
/// Source: Huang et al. 2020, eq. 3, which knows no intersections. With `across_groups`, only pairs
/// of different groups.
double individual_fairness(const ScoreTable& table, bool across_groups = false);

/// Group fairness: the mean over groups of W1 between a group's scores, all templates pooled, and
/// all scores. Source: Huang et al. 2020, eq. 4.
double group_fairness(const ScoreTable& table);

/// The scores of each group, all templates pooled.
std::vector<std::vector<double>> group_scores(const ScoreTable& table);

/// Mean over templates of W1 between two values, one number a template.
std::vector<double> pair_distances(const ScoreTable& table, int64_t a, int64_t b);

}  // namespace limbeck::fairness
