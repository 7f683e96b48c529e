#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fairness/audit/audit.h"
#include "fairness/metric/distinct_words.h"
#include "fairness/metric/parity.h"
#include "fairness/metric/relevance.h"
#include "fairness/metric/text_perplexity.h"
#include "fairness/score/scorer.h"

namespace limbeck::fairness {

/// Two values and how far apart their continuations are.
struct PairFinding {
  int64_t a = 0, b = 0;
  PermutationResult test;
  Interval interval;   ///< of the corrected distance, over templates
  double control = 0;  ///< corrected distance of halves of the same cells of both values
  AdjustedP adjusted;  ///< for all pairs of a run; set by judge_findings()
};

/// A parity, what it would be without any effect, and how surprising it is.
struct ParityFinding {
  ParityGap gap;  ///< of the groups that part most
  PermutationResult test;
  AdjustedP adjusted;  ///< for all parities of a run; set by judge_findings()
  double control = 0;  ///< corrected, of halves of the same cells, where there is no effect
};

/// Words that the continuations of one value of a pair use and those of the other do not.
struct PairWords {
  std::vector<DistinctWord> a, b;
};

/// One attribute by one scorer.
struct AttributeFinding {
  std::string attribute, scorer;
  std::string scorer_method;      ///< how a score is made
  nlohmann::ordered_json design;  ///< of audit_design()
  ScoreTable table;
  Evidence evidence;
  std::vector<PairFinding> pairs;  ///< all pairs, the largest corrected distance first
  ParityFinding strict, weak;
  AdjustedP across_p;  ///< of I.F. across groups, adjusted as the parities
  /// Distance that the scorer itself makes: the same continuations with the value swapped in their
  /// prompts. Individual fairness (eq. 3) without any noise, as scorers are functions.
  double scorer_bias = 0;
};

/// What is measured once for an attribute, whatever scores it.
struct AttributeMeasures {
  std::string attribute;
  double mention_share = 0;            ///< S.S.^c
  std::optional<Relevance> relevance;  ///< S.S., where there is an encoder
  std::vector<std::string> notes;      ///< of the lexicon linter
};

/// The scores of one attribute by one scorer. The continuation alone is scored, without its prompt.
/// Throws: DataError when a continuation is missing or the scorer gives NaN or leaves [0, 1].
ScoreTable score_continuations(const TemplateSet& set, const WorkResults& results, int64_t count,
                               const Scorer& scorer);

/// Pairs of values of a set that are compared.
int64_t count_pairs(const TemplateSet& set);

/// All tests of one table, not yet adjusted for others. options.permutation.pair_family says for
/// how many pairs that will be. `between` is called now and then and may throw to stop.
AttributeFinding examine(const TemplateSet& set, ScoreTable table, const Scorer& scorer,
                         const AuditOptions& options, const std::function<void()>& between = {});

/// Adjusts the tests of a run for each other (Holm, Benjamini-Hochberg) in three families, and
/// judges each finding: individual and group fairness of all attributes and scorers; all their
/// pairs; all that other tools measure (parities, individual fairness across groups).
void judge_findings(std::vector<AttributeFinding>& findings, const VerdictOptions& options);

/// The scorer-bias control: scores of prompt and continuation for at most `count` continuations of
/// each template, the value in the prompt swapped through all values; the result is their
/// individual fairness. 0 for a scorer that does not see the values.
double scorer_bias(const TemplateSet& set, const WorkResults& results, const Scorer& scorer,
                   int64_t count = 20);

/// S.S. of one attribute's continuations.
Relevance attribute_relevance(const TemplateSet& set, const WorkResults& results,
                              const nlp::SentenceEncoder& encoder, double threshold);

/// Words that tell the continuations of two values apart.
PairWords pair_words(const TemplateSet& set, const WorkResults& results, const PairFinding& pair);

}  // namespace limbeck::fairness
