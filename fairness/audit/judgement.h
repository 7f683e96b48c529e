#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fairness/audit/baseline.h"
#include "fairness/audit/finding.h"

namespace limbeck::fairness {

/// All that an audit measured.
struct AuditFindings {
  std::vector<AttributeFinding> findings;   ///< attribute by attribute, scorer by scorer
  std::vector<AttributeMeasures> measures;  ///< one an attribute
  std::optional<TextPerplexity> perplexity;
  std::optional<Baseline> baseline;
  std::vector<Regression> regressions;  ///< one a finding, where there is a baseline

  /// Throws: std::out_of_range for an attribute without measures.
  const AttributeMeasures& measures_of(const std::string& attribute) const;
};

/// A limit that the user sets to a metric.
struct Threshold {
  std::string metric;
  double value = 0;
};

/// "individual_fairness=0.03". Throws: ConfigError naming the metrics, or for a value that is no
/// number from 0.
Threshold parse_threshold(const std::string& text);

/// What turns into a failed gate.
struct GateOptions {
  /// individual, group, pair: a corrected distance above the tolerance; insufficient: missing
  /// evidence too; never: nothing.
  std::vector<std::string> fail_on = {"individual"};
  std::vector<Threshold> thresholds;

  /// Throws: ConfigError for a word that is none of these, a metric given twice, or one that needs
  /// an encoder or a text that there is not.
  void validate(bool has_encoder, bool has_text) const;
  /// Does a limit need a text that has sensitive words?
  bool needs_sensitive_words() const;
  /// Throws: ConfigError where needs_sensitive_words() and there are none.
  void validate_sensitive_words(bool has_sensitive_words) const;
};

/// One condition and how it came out.
struct Gate {
  std::string attribute;  ///< empty: of the whole run
  std::string name;       ///< "vader: individual_fairness"
  Verdict verdict = Verdict::kInsufficient;
  std::string text;         ///< what was measured and what is allowed
  std::string scorer = {};  ///< empty: whatever scores
  std::string metric = {};  ///< that of a threshold, or "regression"
  double limit = 0;         ///< in force for it in this run

  /// Whether it judges this finding, not its attribute or the run.
  bool is_of(const AttributeFinding& finding) const;
};

/// The answer of a run.
struct Judgement {
  std::vector<Gate> gates;
  Verdict verdict = Verdict::kInsufficient;  ///< the worst of the gates
  int exit_code = 4;                         ///< 0 passed, 1 failed, 4 insufficient evidence

  /// The worst of the gates of this finding: what a report says of it, so that no line contradicts
  /// the exit code.
  Verdict verdict_of(const AttributeFinding& finding) const;
  /// The gate of a metric of this finding; null where none is in force.
  const Gate* gate_of(const AttributeFinding& finding, const std::string& metric) const;
};

/// The one place where verdicts and exit code are made, all from the same gates. A corrected
/// distance is judged by its test, adjusted by Holm for all of the run, and its interval, a parity
/// by its test alone; what has no such noise (scorer bias, shares, perplexities) by comparison. A
/// regression against the baseline is a gate as soon as there is a baseline. Throws: ConfigError
/// for a threshold on what was not measured.
Judgement judge_audit(const AuditFindings& findings, const GateOptions& gates,
                      const VerdictOptions& options);

}  // namespace limbeck::fairness
