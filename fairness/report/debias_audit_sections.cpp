#include "fairness/report/debias_audit_sections.h"

#include <algorithm>
#include <functional>

#include "fairness/audit/resolution.h"

namespace limbeck::fairness {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

constexpr NumberFormat kDistance{NumberStyle::kFixed, 4};
constexpr NumberFormat kShare{NumberStyle::kFixed, 3};
constexpr NumberFormat kPercent{NumberStyle::kFixed, 1};

nlp::TableColumn words(const std::string& label) { return {label, "", false, {}}; }
nlp::TableColumn number(const std::string& label, const NumberFormat& format,
                        const std::string& unit = "") {
  return {label, unit, true, format};
}

Measurement mean_of(const DebiasSummary& summary, const std::string& metric,
                    const std::string& variant) {
  const std::vector<DebiasScore> scores = debias_scores(summary, metric);
  return Measurement(std::ranges::find(scores, variant, &DebiasScore::variant)->mean);
}

Measurement change_of(const DebiasAuditMean& mean) {
  if (mean.variant == "control") return Measurement::missing("itself");
  return mean.change ? Measurement(100 * *mean.change)
                     : Measurement::missing("the control has no distance to lose");
}

const DebiasRun& run_of(const DebiasSummary& summary, const DebiasAudit& audit) {
  return *std::ranges::find_if(summary.runs, [&](const DebiasRun& run) {
    return run.variant == audit.variant && run.seed == audit.seed;
  });
}

/// A point for each audit: its distance, and `height(audit)`; audits without a height are left out.
template <class Height>
nlp::ScatterBlock trade_off(const DebiasSummary& summary, const std::string& title,
                            const nlp::Axis& y, Height height) {
  nlp::ScatterBlock chart;
  chart.title = title;
  chart.x = {"corrected I.F.", false, kDistance};
  chart.y = y;
  for (const DebiasAudit& audit : summary.audits) {
    const std::optional<double> value = height(audit);
    if (!value) continue;
    const std::string group = audit.variant == "before" || audit.variant == "control"
                                  ? audit.variant
                                  : summary.options.regulariser;
    chart.points.push_back(
        {variant_title(run_of(summary, audit)) + ", " + audit.attribute + ", " + audit.scorer,
         group, Measurement(audit.evidence.individual.corrected()), Measurement(*value)});
  }
  return chart;
}

int64_t template_count(const DebiasSummary& summary, const DebiasDifference& one) {
  const auto audit = std::ranges::find(summary.audits, one.attribute, &DebiasAudit::attribute);
  return static_cast<int64_t>(audit->table.templates.size());
}

}  // namespace

nlp::TableBlock before_and_after_table(const DebiasSummary& summary) {
  nlp::TableBlock table;
  table.title = "Before, control and after";
  table.note =
      "The control took the same steps with weight 0; the last column compares I.F. with it. PPL: "
      "perplexity of held-out text, PPL^s: of its pieces that mention a value. I.F., G.F.: "
      "corrected distances of the scores. S.S.: share of continuations related to their prompt, "
      "S.S.^c: share that name its value; a model that ignores its prompt is fair and useless. "
      "Means over seeds.";
  table.columns = {words("model"),
                   words("attribute"),
                   words("scorer"),
                   number("PPL", kPerplexity),
                   number("PPL^s", kPerplexity),
                   number("I.F.", kDistance),
                   number("sd", kDistance),
                   number("G.F.", kDistance),
                   number("S.S.", kShare),
                   number("S.S.^c", kShare),
                   number("I.F. against control", kPercent, "%")};
  for (const DebiasAuditMean& mean : debias_audit_means(summary))
    table.rows.push_back(
        {variant_title(first_run(summary, mean.variant)), mean.attribute, mean.scorer,
         mean_of(summary, "perplexity", mean.variant),
         mean_of(summary, "sensitive_perplexity", mean.variant), Measurement(mean.individual),
         mean.runs > 1 ? Measurement(mean.individual_deviation) : Measurement::missing("one run"),
         Measurement(mean.group),
         mean.relevance ? Measurement(*mean.relevance) : Measurement::missing("no --encoder given"),
         Measurement(mean.mention_share), change_of(mean)});
  return table;
}

nlp::TableBlock difference_table(const DebiasSummary& summary) {
  nlp::TableBlock table;
  table.title = "Against the control";
  table.note =
      "Corrected distance less that of the control with the same seed, template by template; below "
      "0 is fairer. Interval: over templates, as the audit's; unknown "
      "([-1, 1]) with fewer than four. p: one-sided test that exchanges whole templates between "
      "model and control, adjusted for all rows.";
  std::vector<int64_t> templates;
  for (const DebiasDifference& one : summary.differences)
    templates.insert(templates.end(), kFairnessTests, template_count(summary, one));
  const std::string note = sign_flip_note(templates, VerdictOptions{}.alpha);
  if (!note.empty()) table.note += " Here " + note + ".";
  table.columns = {words("model"),
                   words("attribute"),
                   words("scorer"),
                   words("measure"),
                   number("control", kDistance),
                   number("regularised", kDistance),
                   number("difference", kDistance),
                   number("low", kDistance),
                   number("high", kDistance),
                   number("p", kDistance),
                   number("p (Holm)", kDistance)};
  const std::vector<DebiasAuditMean> means = debias_audit_means(summary);
  const auto mean = [&](const std::string& variant, const DebiasDifference& one) {
    return *std::ranges::find_if(means, [&](const DebiasAuditMean& other) {
      return other.variant == variant && other.attribute == one.attribute &&
             other.scorer == one.scorer;
    });
  };
  for (const DebiasDifference& one : summary.differences) {
    const auto add = [&](const char* measure, double DebiasAuditMean::*distance,
                         const PairedDifference& result) {
      table.rows.push_back(
          {variant_title(first_run(summary, one.variant)), one.attribute, one.scorer,
           std::string(measure), Measurement(mean("control", one).*distance),
           Measurement(mean(one.variant, one).*distance), Measurement(result.difference),
           Measurement(result.interval.low), Measurement(result.interval.high),
           Measurement(result.p_value), Measurement(result.adjusted.holm)});
    };
    add("I.F.", &DebiasAuditMean::individual, one.individual);
    add("G.F.", &DebiasAuditMean::group, one.group);
  }
  return table;
}

namespace {

nlp::TableBlock table_of_audits(
    const std::string& title, const std::string& note, const DebiasSummary& summary,
    const std::vector<nlp::TableColumn>& columns,
    const std::function<std::vector<nlp::TableCell>(const DebiasAudit&)>& cells) {
  nlp::TableBlock table;
  table.title = title;
  table.note = note;
  table.columns = {words("model"), words("attribute"), words("scorer"),
                   number("seed", {NumberStyle::kFixed, 0})};
  table.columns.insert(table.columns.end(), columns.begin(), columns.end());
  for (const DebiasAudit& audit : summary.audits) {
    std::vector<nlp::TableCell> row = {
        variant_title(first_run(summary, audit.variant)), audit.attribute, audit.scorer,
        audit.variant == "before" ? Measurement::missing("not trained")
                                  : Measurement(static_cast<double>(audit.seed))};
    for (nlp::TableCell& cell : cells(audit)) row.push_back(std::move(cell));
    table.rows.push_back(std::move(row));
  }
  table.is_collapsed = table.rows.size() > 12;
  return table;
}

/// One distance of an audit.
struct Distance {
  const PermutationResult& test;
  Interval interval;
  double holm_p;
  Verdict verdict;
};

nlp::TableBlock distance_table(const std::string& title, const std::string& note,
                               const DebiasSummary& summary,
                               const std::function<Distance(const DebiasAudit&)>& distance_of) {
  const int64_t tests = kFairnessTests * static_cast<int64_t>(summary.audits.size());
  return table_of_audits(
      title,
      "Corrected: less the mean of the same statistic with shuffled labels. " + note +
          " p (Holm): adjusted for the I.F. and G.F. of all audits, " + std::to_string(tests) +
          " tests; the verdict rests on it." +
          resolution_note(summary.permutations, tests, VerdictOptions{}.alpha),
      summary,
      {number("raw", kDistance), number("without effect", kDistance),
       number("corrected", kDistance), number("from", kDistance), number("to", kDistance),
       number("p (Holm)", kDistance), words("verdict")},
      [&](const DebiasAudit& audit) -> std::vector<nlp::TableCell> {
        const Distance one = distance_of(audit);
        return {Measurement(one.test.observed),        Measurement(one.test.null_mean),
                Measurement(one.test.corrected()),     Measurement(one.interval.low),
                Measurement(one.interval.high),        Measurement(one.holm_p),
                std::string(verdict_text(one.verdict))};
      });
}

}  // namespace

nlp::TableBlock individual_audit_table(const DebiasSummary& summary) {
  return distance_table(
      "I.F. of every audit, " + std::to_string(summary.options.audit_count) +
          " continuations of each prompt",
      "With few continuations the interval is wide; the audit command measures with more.", summary,
      [](const DebiasAudit& audit) -> Distance {
        const Evidence& e = audit.evidence;
        return {e.individual, e.interval, e.individual_p.holm, e.verdict};
      });
}

nlp::TableBlock group_audit_table(const DebiasSummary& summary) {
  return distance_table("G.F. of every audit", "Groups are compared with all, templates pooled.",
                        summary, [](const DebiasAudit& audit) -> Distance {
                          const Evidence& e = audit.evidence;
                          return {e.group, e.group_interval, e.group_p.holm, group_verdict(e)};
                        });
}

nlp::TableBlock audit_control_table(const DebiasSummary& summary) {
  return table_of_audits(
      "Controls of every audit",
      "Control: the corrected distance between halves of the same continuations, where there is no "
      "effect. " +
          detectable_note(),
      summary,
      {number("I.F. control", kDistance), number("I.F. detectable", kDistance),
       number("G.F. control", kDistance), number("G.F. detectable", kDistance)},
      [](const DebiasAudit& audit) -> std::vector<nlp::TableCell> {
        const Evidence& e = audit.evidence;
        return {Measurement(e.control), Measurement(e.individual.visible()),
                Measurement(e.group_control), Measurement(e.group.visible())};
      });
}

nlp::TableBlock audit_relevance_table(const DebiasSummary& summary) {
  const auto relevance = [](const DebiasAudit& audit, double Relevance::*share) {
    return audit.relevance ? Measurement((*audit.relevance).*share)
                           : Measurement::missing("no --encoder given");
  };
  return table_of_audits(
      "S.S. and S.S.^c of every audit", "By chance: S.S. with prompts of other templates.", summary,
      {number("S.S.", kShare), number("by chance", kShare), number("mean cosine", kShare),
       number("S.S.^c", kShare)},
      [&](const DebiasAudit& audit) -> std::vector<nlp::TableCell> {
        return {relevance(audit, &Relevance::share), relevance(audit, &Relevance::chance_share),
                relevance(audit, &Relevance::mean_cosine), Measurement(audit.mention_share)};
      });
}

nlp::ScatterBlock perplexity_trade_off(const DebiasSummary& summary) {
  nlp::ScatterBlock chart =
      trade_off(summary, "Distance and perplexity", {"perplexity", false, kPerplexity},
                [&](const DebiasAudit& audit) {
                  return std::optional(run_of(summary, audit).metrics.at("perplexity"));
                });
  chart.description =
      "Each audit: left is fairer, down predicts held-out text better. A fair bargain lies left of "
      "the control and no higher.";
  return chart;
}

nlp::ScatterBlock relevance_trade_off(const DebiasSummary& summary) {
  nlp::ScatterBlock chart =
      trade_off(summary, "Distance and relevance",
                {"continuations related to their prompt (S.S.)", false, kShare},
                [](const DebiasAudit& audit) {
                  return audit.relevance ? std::optional(audit.relevance->share) : std::nullopt;
                });
  chart.description = "Each audit: left is fairer, up is more to the point.";
  return chart;
}

}  // namespace limbeck::fairness
