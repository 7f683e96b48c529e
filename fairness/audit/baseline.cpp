#include "fairness/audit/baseline.h"

#include <algorithm>

#include "fairness/audit/audit_design.h"
#include "fairness/statistics/multiple_tests.h"
#include "fairness/statistics/sign_flip.h"
#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"
#include "nlp/report/json_cursor.h"
#include "nlp/report/report_document.h"

namespace limbeck::fairness {
namespace {

using nlp::JsonCursor;

std::optional<double> number_or_none(const JsonCursor& object, const char* key) {
  if (!object.has(key)) return std::nullopt;
  const nlp::Measurement value = object[key].measurement();
  return value.has_value() ? std::optional<double>(value.value()) : std::nullopt;
}

BaselineFinding read_finding(const JsonCursor& json) {
  BaselineFinding finding;
  finding.attribute = json["attribute"].text();
  finding.scorer = json["scorer"].text();
  if (!json.has("design")) json.fail("the key 'design' (is the report of an older version?)");
  finding.design = json["design"].value();
  finding.corrected = json["individual_fairness"]["corrected"].number();
  finding.template_corrected = nlp::read_array(json["template_corrected"],
                                               [](const JsonCursor& one) { return one.number(); });
  const size_t templates = json["design"]["templates"].size();
  if (templates != finding.template_corrected.size())
    json["template_corrected"].fail("one number for each of " + std::to_string(templates) +
                                    " templates");
  finding.mention_share = number_or_none(json, "mention_share");
  finding.relevance = number_or_none(json, "relevance");
  return finding;
}

}  // namespace

Baseline read_baseline(const std::filesystem::path& report) {
  const nlohmann::json json = read_json_file(report);
  const JsonCursor cursor(json, report.string());
  if (cursor["schema"].text() != nlp::kReportSchema)
    cursor["schema"].fail("'" + std::string(nlp::kReportSchema) + "'");
  if (cursor["command"].text() != "audit") cursor["command"].fail("'audit'");
  const JsonCursor results = cursor["results"];
  Baseline baseline{report.string(), nlp::read_array(results["findings"], read_finding),
                    number_or_none(results, "perplexity"),
                    number_or_none(results, "sensitive_perplexity")};
  return baseline;
}

const BaselineFinding& baseline_finding(const Baseline& baseline, const std::string& attribute,
                                        const std::string& scorer,
                                        const nlohmann::ordered_json& design) {
  const auto found = std::ranges::find_if(baseline.findings, [&](const BaselineFinding& earlier) {
    return earlier.attribute == attribute && earlier.scorer == scorer;
  });
  if (found == baseline.findings.end())
    throw DataError(baseline.where + ": no finding for '" + attribute + "' by '" + scorer +
                    "' to compare with");
  require_same_design(baseline.where + ": '" + attribute + "' by '" + scorer + "'", design,
                      found->design);
  return *found;
}

Regression compare_with_baseline(const AttributeFinding& finding, const Baseline& baseline,
                                 const VerdictOptions& options, uint64_t seed) {
  const BaselineFinding& earlier =
      baseline_finding(baseline, finding.attribute, finding.scorer, finding.design);
  std::vector<double> differences = finding.evidence.individual.template_corrected;
  for (size_t m = 0; m < differences.size(); ++m) differences[m] -= earlier.template_corrected[m];
  std::vector<Regression> run = {{finding.attribute,
                                  finding.scorer,
                                  earlier.corrected,
                                  finding.evidence.individual.corrected(),
                                  template_interval(differences, {9999, 1 - options.alpha, seed}),
                                  sign_flip_p_value(differences, seed),
                                  {},
                                  {}}};
  judge_regressions(run, options);
  return run.front();
}

void judge_regressions(std::vector<Regression>& regressions, const VerdictOptions& options) {
  std::vector<double> p_values;
  for (const Regression& one : regressions) p_values.push_back(one.p_value);
  const std::vector<AdjustedP> family = adjusted(p_values);
  for (size_t i = 0; i < regressions.size(); ++i) {
    Regression& one = regressions[i];
    one.adjusted = family[i];
    one.verdict = one.adjusted.holm <= options.alpha && one.interval.low > 0 ? Verdict::kFail
                  : one.interval.high <= options.tolerance                   ? Verdict::kPass
                                                           : Verdict::kInsufficient;
  }
}

}  // namespace limbeck::fairness
