#include "fairness/audit/judgement.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <stdexcept>

#include "nlp/core/errors.h"

namespace limbeck::fairness {
namespace {

/// What a limit means for a metric: tested distances must lie below it, others be at most, or at
/// least, the limit.
enum class Kind { kTested, kAtMost, kAtLeast };

struct Metric {
  const char* name;
  Kind kind;
  const char* fail_on;  ///< the word of --fail-on that asks for it; null: none
};

constexpr Metric kMetrics[] = {{"individual_fairness", Kind::kTested, "individual"},
                               {"group_fairness", Kind::kTested, "group"},
                               {"pair", Kind::kTested, "pair"},
                               {"strict_parity", Kind::kTested, nullptr},
                               {"weak_parity", Kind::kTested, nullptr},
                               {"scorer_bias", Kind::kAtMost, nullptr},
                               {"mention_share", Kind::kAtLeast, nullptr},
                               {"relevance", Kind::kAtLeast, nullptr},
                               {"perplexity", Kind::kAtMost, nullptr},
                               {"sensitive_perplexity", Kind::kAtMost, nullptr}};

std::string metric_names() {
  std::string names;
  for (const Metric& metric : kMetrics)
    names += (names.empty() ? "" : ", ") + std::string(metric.name);
  return names;
}

template <class... Arguments>
std::string formatted(const char* format, Arguments... arguments) {
  char text[256];
  std::snprintf(text, sizeof text, format, arguments...);
  return text;
}

std::string tested_text(double corrected, const Interval& interval, double p, double limit) {
  return formatted("corrected %.4f [%.4f, %.4f], p (Holm) %.4f; at most %.4f", corrected,
                   interval.low, interval.high, p, limit);
}

/// Gates of one metric for one attribute by one scorer.
class FindingGates {
 public:
  FindingGates(const AttributeFinding& finding, const VerdictOptions& options)
      : finding_(finding), options_(options) {}

  std::optional<Gate> gate(const std::string& metric, double limit) const {
    const Evidence& evidence = finding_.evidence;
    VerdictOptions own = options_;
    own.tolerance = limit;
    if (metric == "individual_fairness")
      return made(metric, limit, judge(evidence, own),
                  tested_text(evidence.individual.corrected(), evidence.interval,
                              evidence.individual_p.holm, limit));
    if (metric == "group_fairness")
      return made(metric, limit,
                  judge(evidence.group, evidence.group_p.holm, evidence.group_interval, own),
                  tested_text(evidence.group.corrected(), evidence.group_interval,
                              evidence.group_p.holm, limit));
    if (metric == "pair") return pair_gate(own);
    if (metric == "strict_parity") return parity_gate(metric, finding_.strict, own);
    if (metric == "weak_parity") return parity_gate(metric, finding_.weak, own);
    if (metric == "scorer_bias") return at_most(metric, finding_.scorer_bias, limit);
    return std::nullopt;
  }

 private:
  Gate made(const std::string& metric, double limit, Verdict verdict, std::string text) const {
    return {finding_.attribute,
            finding_.scorer + ": " + metric,
            verdict,
            std::move(text),
            finding_.scorer,
            metric,
            limit};
  }

  Gate at_most(const std::string& metric, double value, double limit) const {
    return made(metric, limit, value <= limit ? Verdict::kPass : Verdict::kFail,
                formatted("%.4f; at most %.4f", value, limit));
  }

  Gate parity_gate(const std::string& metric, const ParityFinding& parity,
                   const VerdictOptions& own) const {
    const auto& groups = finding_.table.groups;
    return made(metric, own.tolerance, judge(parity.test, parity.adjusted.holm, own),
                groups[static_cast<size_t>(parity.gap.a)] + " / " +
                    groups[static_cast<size_t>(parity.gap.b)] +
                    formatted(": %.4f, without effect %.4f, corrected %.4f, p (Holm) %.4f; "
                              "corrected at most %.4f",
                              parity.gap.gap, parity.test.null_mean, parity.test.corrected(),
                              parity.adjusted.holm, own.tolerance));
  }

  /// Fails with the first pair whose adjusted test rejects and whose interval lies above the limit;
  /// passes when every pair's interval lies at or below it.
  Gate pair_gate(const VerdictOptions& own) const {
    std::vector<Verdict> verdicts;
    const PairFinding* shown = &finding_.pairs.front();
    for (const PairFinding& pair : finding_.pairs) {
      const Verdict verdict = judge(pair.test, pair.adjusted.holm, pair.interval, own);
      const bool is_first_fail =
          verdict == Verdict::kFail && std::ranges::count(verdicts, Verdict::kFail) == 0;
      if (is_first_fail) shown = &pair;
      verdicts.push_back(verdict);
    }
    const auto& values = finding_.table.values;
    return made("pair", own.tolerance, worst_verdict(verdicts),
                values[static_cast<size_t>(shown->a)] + " / " +
                    values[static_cast<size_t>(shown->b)] + ": " +
                    tested_text(shown->test.corrected(), shown->interval, shown->adjusted.holm,
                                own.tolerance));
  }

  const AttributeFinding& finding_;
  const VerdictOptions& options_;
};

constexpr const char* kSensitivePerplexity = "sensitive_perplexity";
constexpr const char* kTextWithSensitiveWords = "--text that has sensitive words";

ConfigError not_measured(const std::string& metric, const std::string& needed) {
  return ConfigError("threshold: '" + metric + "' is not measured without " + needed);
}

/// A gate of a plain number; without the number the user asked for what was not measured.
Gate compare(const std::string& attribute, const Threshold& limit, Kind kind,
             std::optional<double> value, const char* needed) {
  if (!value) throw not_measured(limit.metric, needed);
  const bool passes = kind == Kind::kAtMost ? *value <= limit.value : *value >= limit.value;
  return {attribute,
          limit.metric,
          passes ? Verdict::kPass : Verdict::kFail,
          formatted(kind == Kind::kAtMost ? "%.4f; at most %.4f" : "%.4f; at least %.4f", *value,
                    limit.value),
          "",
          limit.metric,
          limit.value};
}

/// The gates of a metric that belongs to attributes or to the run.
std::vector<Gate> other_gates(const AuditFindings& findings, const Threshold& limit, Kind kind) {
  std::vector<Gate> gates;
  if (limit.metric == "mention_share" || limit.metric == "relevance") {
    for (const AttributeMeasures& measures : findings.measures) {
      std::optional<double> value = measures.mention_share;
      if (limit.metric == "relevance")
        value = measures.relevance ? std::optional(measures.relevance->share) : std::nullopt;
      gates.push_back(compare(measures.attribute, limit, kind, value, "--encoder"));
    }
    return gates;
  }
  std::optional<double> value;
  if (findings.perplexity) {
    const nlp::TextScore& score =
        limit.metric == "perplexity" ? findings.perplexity->all : findings.perplexity->sensitive;
    if (score.tokens > 0) value = score.perplexity();
  }
  gates.push_back(compare("", limit, kind, value, kTextWithSensitiveWords));
  return gates;
}

/// "never" and "insufficient" alone say nothing of a metric: individual fairness is judged then.
bool is_asked(const std::vector<std::string>& fail_on, const std::string& word) {
  const bool names_none = std::ranges::none_of(fail_on, [](const std::string& given) {
    return given == "individual" || given == "group" || given == "pair";
  });
  return std::ranges::count(fail_on, word) > 0 || (names_none && word == "individual");
}

/// The limits that --fail-on and --threshold ask for, in the order of the table.
std::vector<std::pair<Metric, Threshold>> limits(const GateOptions& gates,
                                                 const VerdictOptions& options) {
  std::vector<std::pair<Metric, Threshold>> list;
  for (const Metric& metric : kMetrics) {
    const auto given = std::ranges::find_if(gates.thresholds, [&](const Threshold& threshold) {
      return threshold.metric == metric.name;
    });
    const bool asked = metric.fail_on != nullptr && is_asked(gates.fail_on, metric.fail_on);
    if (given != gates.thresholds.end())
      list.emplace_back(metric, *given);
    else if (asked)
      list.emplace_back(metric, Threshold{metric.name, options.tolerance});
  }
  return list;
}

Gate regression_gate(const Regression& one, double tolerance) {
  return {one.attribute,
          one.scorer + ": regression",
          one.verdict,
          formatted("corrected I.F. %.4f, before %.4f; difference [%.4f, %.4f], p (Holm) %.4f",
                    one.now, one.before, one.interval.low, one.interval.high, one.adjusted.holm),
          one.scorer,
          "regression",
          tolerance};
}

int exit_code_of(Verdict verdict, const GateOptions& gates) {
  if (std::ranges::count(gates.fail_on, "never") > 0 || verdict == Verdict::kPass) return 0;
  if (verdict == Verdict::kFail) return 1;
  return std::ranges::count(gates.fail_on, "insufficient") > 0 ? 1 : 4;
}

}  // namespace

bool Gate::is_of(const AttributeFinding& finding) const {
  return attribute == finding.attribute && scorer == finding.scorer;
}

Verdict Judgement::verdict_of(const AttributeFinding& finding) const {
  std::vector<Verdict> verdicts;
  for (const Gate& gate : gates)
    if (gate.is_of(finding)) verdicts.push_back(gate.verdict);
  return worst_verdict(verdicts);
}

const Gate* Judgement::gate_of(const AttributeFinding& finding, const std::string& metric) const {
  for (const Gate& gate : gates)
    if (gate.is_of(finding) && gate.metric == metric) return &gate;
  return nullptr;
}

const AttributeMeasures& AuditFindings::measures_of(const std::string& attribute) const {
  for (const AttributeMeasures& one : measures)
    if (one.attribute == attribute) return one;
  throw std::out_of_range("no measures of attribute '" + attribute + "'");
}

Threshold parse_threshold(const std::string& text) {
  const size_t equals = text.find('=');
  const std::string metric = text.substr(0, equals);
  const bool is_known =
      std::ranges::any_of(kMetrics, [&](const Metric& known) { return metric == known.name; });
  if (equals == std::string::npos || !is_known)
    throw ConfigError("threshold: expected METRIC=VALUE with a metric of " + metric_names() +
                      ", got '" + text + "'");
  Threshold threshold{metric, 0};
  const char* begin = text.data() + equals + 1;
  const char* end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(begin, end, threshold.value);
  if (code != std::errc() || stop != end || !(threshold.value >= 0 && threshold.value < 1e300))
    throw ConfigError("threshold: " + metric + ": expected a number from 0, got '" +
                      std::string(begin, end) + "'");
  return threshold;
}

void GateOptions::validate(bool has_encoder, bool has_text) const {
  for (const std::string& word : fail_on) {
    const bool is_known = word == "insufficient" || word == "never" ||
                          std::ranges::any_of(kMetrics, [&](const Metric& metric) {
                            return metric.fail_on != nullptr && word == metric.fail_on;
                          });
    if (!is_known)
      throw ConfigError("fail-on: expected individual, group, pair, insufficient or never, got '" +
                        word + "'");
  }
  if (fail_on.size() > 1 && std::ranges::count(fail_on, "never") > 0)
    throw ConfigError("fail-on: 'never' stands alone");
  for (size_t i = 0; i < thresholds.size(); ++i) {
    const std::string& metric = thresholds[i].metric;
    for (size_t j = 0; j < i; ++j)
      if (metric == thresholds[j].metric)
        throw ConfigError("threshold: '" + metric + "' is given twice");
    if (metric == "relevance" && !has_encoder) throw not_measured(metric, "--encoder");
    if (metric.ends_with("perplexity") && !has_text) throw not_measured(metric, "--text");
  }
}

bool GateOptions::needs_sensitive_words() const {
  return std::ranges::any_of(thresholds, [](const Threshold& threshold) {
    return threshold.metric == kSensitivePerplexity;
  });
}

void GateOptions::validate_sensitive_words(bool has_sensitive_words) const {
  if (needs_sensitive_words() && !has_sensitive_words)
    throw not_measured(kSensitivePerplexity, kTextWithSensitiveWords);
}

Judgement judge_audit(const AuditFindings& findings, const GateOptions& gates,
                      const VerdictOptions& options) {
  Judgement judgement;
  for (const auto& [metric, limit] : limits(gates, options)) {
    bool belongs_to_findings = false;
    for (const AttributeFinding& finding : findings.findings)
      if (auto gate = FindingGates(finding, options).gate(limit.metric, limit.value)) {
        belongs_to_findings = true;
        judgement.gates.push_back(*gate);
      }
    if (belongs_to_findings) continue;
    for (Gate& gate : other_gates(findings, limit, metric.kind))
      judgement.gates.push_back(std::move(gate));
  }
  for (const Regression& regression : findings.regressions)
    judgement.gates.push_back(regression_gate(regression, options.tolerance));
  std::vector<Verdict> verdicts;
  for (const Gate& gate : judgement.gates) verdicts.push_back(gate.verdict);
  judgement.verdict = worst_verdict(verdicts);
  judgement.exit_code = exit_code_of(judgement.verdict, gates);
  return judgement;
}

}  // namespace limbeck::fairness
