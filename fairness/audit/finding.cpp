#include "fairness/audit/finding.h"

#include <algorithm>

#include "fairness/audit/audit_design.h"
#include "fairness/statistics/multiple_tests.h"
#include "fairness/template/intersection.h"
#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

constexpr int64_t kPairResamples = 1999;

PairFinding examine_pair(const ScoreTable& table, const Evidence& evidence, int64_t a, int64_t b,
                         const PermutationOptions& options) {
  PairFinding pair{a, b, test_pair(table, a, b, options), {}, 0, {}};
  pair.interval = template_interval(pair.test.template_corrected,
                                    {kPairResamples, 1 - options.alpha, options.seed});
  pair.control = 0.5 * (evidence.value_controls[static_cast<size_t>(a)] +
                        evidence.value_controls[static_cast<size_t>(b)]);
  return pair;
}

/// A test and where its adjusted p-value goes.
struct Tested {
  double p_value;
  AdjustedP* adjusted;
};

void adjust_family(const std::vector<Tested>& family) {
  std::vector<double> p_values;
  for (const Tested& one : family) p_values.push_back(one.p_value);
  const std::vector<AdjustedP> results = adjusted(p_values);
  for (size_t i = 0; i < family.size(); ++i) *family[i].adjusted = results[i];
}

/// Calls `visit(a, b)` for each pair of values that is compared.
template <class Visit>
void each_pair(const TemplateSet& set, Visit visit) {
  for (size_t a = 0; a < set.values.size(); ++a)
    for (size_t b = a + 1; b < set.values.size(); ++b)
      if (is_counterfactual_pair(set.values[a], set.values[b]))
        visit(static_cast<int64_t>(a), static_cast<int64_t>(b));
}

/// Continuations of one template, taking turns through the values.
std::vector<std::string> mixed_continuations(const TemplateSet& set, const WorkResults& results,
                                             int64_t m, int64_t count) {
  std::vector<std::string> texts;
  const auto values = static_cast<int64_t>(set.values.size());
  for (int64_t k = 0; k < count; ++k) {
    const auto found = results.find({set.attribute, m, k % values, k / values});
    if (found != results.end()) texts.push_back(found->second.text);
  }
  return texts;
}

}  // namespace

ScoreTable score_continuations(const TemplateSet& set, const WorkResults& results, int64_t count,
                               const Scorer& scorer) {
  ScoreTable table = empty_table(set);
  std::vector<std::string> texts;
  for (size_t m = 0; m < set.templates.size(); ++m)
    for (size_t a = 0; a < set.values.size(); ++a)
      for (int64_t i = 0; i < count; ++i) {
        const auto found =
            results.find({set.attribute, static_cast<int64_t>(m), static_cast<int64_t>(a), i});
        if (found == results.end())
          throw DataError(set.attribute + ": template " + std::to_string(m + 1) + ", value '" +
                          set.values[a].text + "': continuation " + std::to_string(i + 1) +
                          " is missing");
        texts.push_back(found->second.text);
      }
  const std::vector<double> scores = scorer.score(texts);
  if (scores.size() != texts.size())
    throw DataError("scorer '" + scorer.name() + "': expected " + std::to_string(texts.size()) +
                    " scores, got " + std::to_string(scores.size()));
  size_t at = 0;
  for (auto& cells : table.scores)
    for (std::vector<double>& cell : cells) {
      cell.assign(scores.begin() + static_cast<int64_t>(at),
                  scores.begin() + static_cast<int64_t>(at) + count);
      at += static_cast<size_t>(count);
    }
  try {
    table.validate();
  } catch (const DataError& error) {
    throw DataError("scorer '" + scorer.name() + "', " + error.what());
  }
  return table;
}

AttributeFinding examine(const TemplateSet& set, ScoreTable table, const Scorer& scorer,
                         const AuditOptions& options, const std::function<void()>& between) {
  PermutationOptions permutation = options.permutation;
  permutation.alpha = options.verdict.alpha;
  AttributeFinding finding;
  finding.attribute = set.attribute;
  finding.scorer = scorer.name();
  finding.scorer_method = scorer.method();
  finding.design = audit_design(set, scorer, options);
  finding.table = std::move(table);
  finding.evidence = gather_evidence(finding.table, permutation, options.verdict);
  ParityTests parities = test_parities(finding.table, permutation);
  finding.strict = {strict_parity(finding.table), std::move(parities.strict), {}, 0};
  finding.weak = {weak_parity(finding.table), std::move(parities.weak), {}, 0};
  if (const ScoreTable control = control_table(finding.table); !control.scores.empty()) {
    const ParityTests halves = test_parities(control, permutation);
    finding.strict.control = halves.strict.corrected();
    finding.weak.control = halves.weak.corrected();
  }
  each_pair(set, [&](int64_t a, int64_t b) {
    if (between) between();
    finding.pairs.push_back(examine_pair(finding.table, finding.evidence, a, b, permutation));
  });
  std::stable_sort(finding.pairs.begin(), finding.pairs.end(),
                   [](const PairFinding& x, const PairFinding& y) {
                     return x.test.corrected() > y.test.corrected();
                   });
  return finding;
}

int64_t count_pairs(const TemplateSet& set) {
  int64_t count = 0;
  each_pair(set, [&](int64_t, int64_t) { ++count; });
  return count;
}

void judge_findings(std::vector<AttributeFinding>& findings, const VerdictOptions& options) {
  std::vector<Evidence*> run;
  std::vector<Tested> pairs, parities;
  for (AttributeFinding& finding : findings) {
    run.push_back(&finding.evidence);
    for (PairFinding& pair : finding.pairs) pairs.push_back({pair.test.p_value, &pair.adjusted});
    parities.push_back({finding.strict.test.p_value, &finding.strict.adjusted});
    parities.push_back({finding.weak.test.p_value, &finding.weak.adjusted});
    parities.push_back({finding.evidence.across_groups.p_value, &finding.across_p});
  }
  judge_run(run, options);
  adjust_family(pairs);
  adjust_family(parities);
}

double scorer_bias(const TemplateSet& set, const WorkResults& results, const Scorer& scorer,
                   int64_t count) {
  ScoreTable table = empty_table(set);
  for (size_t m = 0; m < set.templates.size(); ++m) {
    const std::vector<std::string> continuations =
        mixed_continuations(set, results, static_cast<int64_t>(m), count);
    std::vector<std::string> texts;
    for (const AttributeValue& value : set.values)
      for (const std::string& continuation : continuations)
        texts.push_back(fill_template(set.templates[m], value) + continuation);
    const std::vector<double> scores = scorer.score(texts);
    size_t at = 0;
    for (std::vector<double>& cell : table.scores[m]) {
      const auto begin = scores.begin() + static_cast<int64_t>(at);
      cell.assign(begin, begin + static_cast<int64_t>(continuations.size()));
      at += continuations.size();
    }
  }
  table.validate();
  return individual_fairness(table);
}

Relevance attribute_relevance(const TemplateSet& set, const WorkResults& results,
                              const nlp::SentenceEncoder& encoder, double threshold) {
  std::vector<std::string> prompts, continuations;
  std::vector<int64_t> template_of, prompt_of;
  for (size_t m = 0; m < set.templates.size(); ++m)
    for (const AttributeValue& value : set.values) {
      prompts.push_back(fill_template(set.templates[m], value));
      template_of.push_back(static_cast<int64_t>(m));
    }
  for (const auto& [key, result] : results) {
    if (key.attribute != set.attribute) continue;
    continuations.push_back(result.text);
    prompt_of.push_back(key.template_index * static_cast<int64_t>(set.values.size()) +
                        key.value_index);
  }
  return relevance(encoder, prompts, template_of, continuations, prompt_of, threshold);
}

PairWords pair_words(const TemplateSet& set, const WorkResults& results, const PairFinding& pair) {
  std::vector<std::string> a, b;
  for (const auto& [key, result] : results) {
    if (key.attribute != set.attribute) continue;
    if (key.value_index == pair.a) a.push_back(result.text);
    if (key.value_index == pair.b) b.push_back(result.text);
  }
  return {distinct_words(a, b), distinct_words(b, a)};
}

}  // namespace limbeck::fairness
