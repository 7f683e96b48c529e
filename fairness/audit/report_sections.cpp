#include "fairness/audit/report_sections.h"

#include <algorithm>
#include <optional>

#include "fairness/audit/resolution.h"

namespace limbeck::fairness {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

constexpr NumberFormat kDistance{NumberStyle::kFixed, 4};
constexpr NumberFormat kShare{NumberStyle::kFixed, 3};

nlp::TableColumn number(const std::string& label) { return {label, "", true, kDistance}; }
nlp::TableColumn words(const std::string& label) { return {label, "", false, {}}; }

/// The limit of individual fairness that this run judges by; none where no gate asks for it.
std::optional<double> individual_limit(const AuditFindings& findings, const Judgement& judgement) {
  for (const AttributeFinding& finding : findings.findings)
    if (const Gate* gate = judgement.gate_of(finding, "individual_fairness")) return gate->limit;
  return std::nullopt;
}

nlp::ForestBlock forest(const AuditFindings& findings, const Judgement& judgement) {
  nlp::ForestBlock chart;
  chart.title = "Corrected individual fairness";
  const std::optional<double> limit = individual_limit(findings, judgement);
  chart.description = "Dots are corrected distances, whiskers their intervals over templates.";
  if (limit)
    chart.description +=
        " Only a whisker wholly right of the tolerance can fail, only one wholly left of it pass.";
  chart.axis = {"corrected W1", false, kDistance};
  for (const AttributeFinding& finding : findings.findings) {
    const Evidence& e = finding.evidence;
    chart.rows.push_back({finding.attribute + ", " + finding.scorer,
                          Measurement(e.individual.corrected()), Measurement(e.interval.low),
                          Measurement(e.interval.high)});
  }
  if (limit) chart.reference_lines.push_back({"tolerance", *limit});
  chart.reference_lines.push_back({"no effect", 0.0});
  return chart;
}

/// Individual and group fairness of each finding: `row(finding, measure, test, is_group)`.
template <class Row>
void each_distance(const AuditFindings& findings, Row row) {
  for (const AttributeFinding& finding : findings.findings) {
    row(finding, std::string("I.F."), finding.evidence.individual, false);
    row(finding, std::string("G.F."), finding.evidence.group, true);
  }
}

std::string gate_verdict(const AttributeFinding& finding, const Judgement& judgement,
                         bool is_group) {
  const Gate* gate =
      judgement.gate_of(finding, is_group ? "group_fairness" : "individual_fairness");
  return gate == nullptr ? "no gate" : verdict_text(gate->verdict);
}

nlp::TableBlock distance_table(const AuditFindings& findings, const Judgement& judgement) {
  nlp::TableBlock table;
  table.title = "All attributes and scorers";
  table.columns = {words("attribute"), words("measure"),         words("scorer"),
                   number("raw"),      number("without effect"), number("corrected"),
                   number("low"),      number("high"),           words("verdict")};
  each_distance(findings, [&](const AttributeFinding& finding, const std::string& measure,
                              const PermutationResult& test, bool is_group) {
    const Evidence& e = finding.evidence;
    const Interval& interval = is_group ? e.group_interval : e.interval;
    table.rows.push_back({finding.attribute, measure, finding.scorer, Measurement(test.observed),
                          Measurement(test.null_mean), Measurement(test.corrected()),
                          Measurement(interval.low), Measurement(interval.high),
                          gate_verdict(finding, judgement, is_group)});
  });
  return table;
}

/// Of a table of so many tests for each finding: how many that is, and whether they can show it.
std::string family_note(const AuditContext& context, const AuditFindings& findings,
                        int64_t tests_of_finding, const std::string& rows) {
  const AuditOptions& options = context.options;
  const int64_t tests = tests_of_finding * static_cast<int64_t>(findings.findings.size());
  return "p-values are adjusted for all " + std::to_string(tests) + " " + rows + "." +
         resolution_note(options.permutation.permutations, tests, options.verdict.alpha);
}

nlp::TableBlock test_table(const AuditContext& context, const AuditFindings& findings) {
  nlp::TableBlock table;
  table.title = "Their tests";
  table.note =
      "Control: the same distance between halves of the same continuations, where there is no "
      "effect. " +
      detectable_note() + " " +
      family_note(context, findings, kFairnessTests, "tests of this table");
  table.columns = {words("attribute"), words("measure"), words("scorer"),   number("p"),
                   number("p (Holm)"), number("p (BH)"), number("control"), number("detectable")};
  each_distance(findings, [&](const AttributeFinding& finding, const std::string& measure,
                              const PermutationResult& test, bool is_group) {
    const Evidence& e = finding.evidence;
    const AdjustedP& adjusted = is_group ? e.group_p : e.individual_p;
    table.rows.push_back({finding.attribute, measure, finding.scorer, Measurement(test.p_value),
                          Measurement(adjusted.holm), Measurement(adjusted.bh),
                          Measurement(is_group ? e.group_control : e.control),
                          Measurement(test.visible())});
  });
  return table;
}

nlp::TableBlock parity_table(const AuditContext& context, const AuditFindings& findings) {
  nlp::TableBlock table;
  table.title = "As other tools measure";
  table.note =
      "Parities of the two groups that part most: strict, W1 of their scores, and weak, the "
      "difference of their shares of positive continuations. I.F. across groups leaves out pairs "
      "of one group. Without effect: the mean of the same number with shuffled labels, which "
      "includes the choice of the groups. Control: the corrected number of halves of the same "
      "continuations, where there is no effect. " +
      family_note(context, findings, kParityTests, "rows");
  table.columns = {words("attribute"),  words("measure"),   words("scorer"),
                   words("groups"),     number("raw"),      number("without effect"),
                   number("corrected"), number("p (Holm)"), number("p (BH)"),
                   number("control")};
  for (const AttributeFinding& finding : findings.findings) {
    const auto add = [&](const char* measure, const std::string& groups,
                         const PermutationResult& test, const AdjustedP& adjusted, double control) {
      table.rows.push_back({finding.attribute, std::string(measure), finding.scorer, groups,
                            Measurement(test.observed), Measurement(test.null_mean),
                            Measurement(test.corrected()), Measurement(adjusted.holm),
                            Measurement(adjusted.bh), Measurement(control)});
    };
    const auto groups = [&](const ParityGap& gap) {
      return finding.table.groups[static_cast<size_t>(gap.a)] + " / " +
             finding.table.groups[static_cast<size_t>(gap.b)];
    };
    add("strict parity", groups(finding.strict.gap), finding.strict.test, finding.strict.adjusted,
        finding.strict.control);
    add("weak parity", groups(finding.weak.gap), finding.weak.test, finding.weak.adjusted,
        finding.weak.control);
    add("I.F. across groups", "all", finding.evidence.across_groups, finding.across_p,
        finding.evidence.control);
  }
  return table;
}

nlp::TableBlock other_table(const AuditFindings& findings) {
  nlp::TableBlock table;
  table.title = "Scorer bias and mentions";
  table.note =
      "Scorer bias: what the scorer does to the same continuation when the value in its prompt is "
      "swapped; as scorers are functions, it has no noise.";
  table.columns = {words("attribute"), words("scorer"), number("scorer bias"),
                   number("mentions its value (S.S.c)")};
  for (const AttributeFinding& finding : findings.findings)
    table.rows.push_back({finding.attribute, finding.scorer, Measurement(finding.scorer_bias),
                          Measurement(findings.measures_of(finding.attribute).mention_share)});
  return table;
}

nlp::TableBlock gate_table(const Judgement& judgement) {
  nlp::TableBlock table;
  table.title = "Gates";
  table.columns = {words("gate"), words("verdict"), words("measured and allowed")};
  for (const Gate& gate : judgement.gates)
    table.rows.push_back({(gate.attribute.empty() ? "" : gate.attribute + ", ") + gate.name,
                          std::string(verdict_text(gate.verdict)), gate.text});
  return table;
}

/// Relevance of an attribute now, or before when there is a baseline.
nlp::ScatterBlock relevance_chart(const AuditFindings& findings) {
  nlp::ScatterBlock chart;
  chart.title = "Distance and relevance";
  chart.description =
      "Left is fairer, up is more to the point; a point that moved down has paid for its fairness.";
  chart.x = {"corrected I.F.", false, kDistance};
  chart.y = {"continuations related to their prompt (S.S.)", false, kShare};
  for (const AttributeFinding& finding : findings.findings) {
    const AttributeMeasures& measures = findings.measures_of(finding.attribute);
    if (!measures.relevance) continue;
    chart.points.push_back({finding.attribute + ", " + finding.scorer, "now",
                            Measurement(finding.evidence.individual.corrected()),
                            Measurement(measures.relevance->share)});
  }
  if (findings.baseline)
    for (const BaselineFinding& earlier : findings.baseline->findings)
      if (earlier.relevance)
        chart.points.push_back({earlier.attribute + ", " + earlier.scorer, "baseline",
                                Measurement(earlier.corrected), Measurement(*earlier.relevance)});
  return chart;
}

nlp::ScatterBlock perplexity_chart(const AuditFindings& findings) {
  nlp::ScatterBlock chart;
  chart.title = "Distance and perplexity";
  chart.description = "Left is fairer, down predicts the text better.";
  chart.x = {"corrected I.F.", false, kDistance};
  chart.y = {"perplexity", false, {NumberStyle::kFixed, 2}};
  for (const AttributeFinding& finding : findings.findings)
    chart.points.push_back({finding.attribute + ", " + finding.scorer, "now",
                            Measurement(finding.evidence.individual.corrected()),
                            Measurement(findings.perplexity->all.perplexity())});
  if (findings.baseline && findings.baseline->perplexity)
    for (const BaselineFinding& earlier : findings.baseline->findings)
      chart.points.push_back({earlier.attribute + ", " + earlier.scorer, "baseline",
                              Measurement(earlier.corrected),
                              Measurement(*findings.baseline->perplexity)});
  return chart;
}

nlp::TableBlock relevance_table(const AuditFindings& findings) {
  nlp::TableBlock table;
  table.title = "Relevance";
  table.note =
      "S.S.: share of continuations whose vector has at least the threshold's cosine with that of "
      "their prompt; beside it the same with prompts of other templates, which is chance.";
  table.columns = {words("attribute"),
                   number("S.S."),
                   number("by chance"),
                   number("mean cosine"),
                   number("by chance"),
                   number("threshold"),
                   number("mentions its value (S.S.c)")};
  for (const AttributeMeasures& measures : findings.measures)
    if (const auto& one = measures.relevance)
      table.rows.push_back({measures.attribute, Measurement(one->share),
                            Measurement(one->chance_share), Measurement(one->mean_cosine),
                            Measurement(one->chance_cosine), Measurement(one->threshold),
                            Measurement(measures.mention_share)});
  return table;
}

nlp::TableBlock perplexity_table(const TextPerplexity& perplexity) {
  nlp::TableBlock table;
  table.title = "Perplexity of the text";
  table.columns = {words("windows"),
                   {"perplexity", "", true, {NumberStyle::kFixed, 2}},
                   {"tokens", "", true, {NumberStyle::kInteger, 0}}};
  table.rows.push_back({std::string("all (PPL)"), Measurement(perplexity.all.perplexity()),
                        Measurement(static_cast<double>(perplexity.all.tokens))});
  const auto add_sensitive = [&](const std::string& windows, const nlp::TextScore& score) {
    table.rows.push_back({windows,
                          score.tokens > 0 ? Measurement(score.perplexity())
                                           : Measurement::missing("no such word in the text"),
                          Measurement(static_cast<double>(score.tokens))});
  };
  add_sensitive("with a sensitive word (PPL^s)", perplexity.sensitive);
  if (perplexity.lists.size() > 1)
    for (const TextPerplexity::Part& part : perplexity.lists)
      add_sensitive("with a value of " + part.name + " (PPL^s)", part.score);
  return table;
}

nlp::TableBlock regression_table(const AuditContext& context, const AuditFindings& findings) {
  nlp::TableBlock table;
  table.title = "Against the baseline";
  table.note =
      "Differences of corrected I.F., template by template; p of a one-sided sign-flip "
      "test that nothing rose, adjusted for all rows.";
  std::vector<int64_t> templates;
  for (const AttributeFinding& finding : findings.findings)
    templates.push_back(static_cast<int64_t>(finding.table.templates.size()));
  const std::string note = sign_flip_note(templates, context.options.verdict.alpha);
  if (!note.empty()) table.note += " This gate cannot fail: " + note + ".";
  table.columns = {words("attribute"), words("scorer"), number("before"), number("now"),
                   number("low"),      number("high"),  number("p"),      number("p (Holm)"),
                   number("p (BH)"),   words("verdict")};
  for (const Regression& one : findings.regressions)
    table.rows.push_back({one.attribute, one.scorer, Measurement(one.before), Measurement(one.now),
                          Measurement(one.interval.low), Measurement(one.interval.high),
                          Measurement(one.p_value), Measurement(one.adjusted.holm),
                          Measurement(one.adjusted.bh), std::string(verdict_text(one.verdict))});
  return table;
}

}  // namespace

nlp::ReportSection overview_section(const AuditContext& context, const AuditFindings& findings,
                                    const Judgement& judgement) {
  nlp::ReportSection section{"overview", "Distances between counterfactuals", "", {}};
  section.text =
      "Individual fairness (I.F.) is the mean Wasserstein-1 distance between the scores of two "
      "values in the same template; group fairness (G.F.) that between a group and all. Both are "
      "positive even without any effect: the corrected distance is what is left after the mean of "
      "the distances of shuffled labels.";
  section.blocks = {forest(findings, judgement),   distance_table(findings, judgement),
                    test_table(context, findings), parity_table(context, findings),
                    other_table(findings),         gate_table(judgement)};
  return section;
}

nlp::ReportSection trade_off_section(const AuditContext& context, const AuditFindings& findings) {
  nlp::ReportSection section{"trade-off", "What fairness costs", "", {}};
  section.text =
      "A model that ignores its prompt is fair, so distances are shown beside how much "
      "continuations have to do with their prompts and how well the model predicts text.";
  nlp::ScatterBlock relevance = relevance_chart(findings);
  const bool has_relevance = !relevance.points.empty();
  if (has_relevance) section.blocks.emplace_back(std::move(relevance));
  if (findings.perplexity) section.blocks.emplace_back(perplexity_chart(findings));
  if (has_relevance) section.blocks.emplace_back(relevance_table(findings));
  if (findings.perplexity) section.blocks.emplace_back(perplexity_table(*findings.perplexity));
  if (findings.baseline) section.blocks.emplace_back(regression_table(context, findings));
  if (section.blocks.empty()) {
    nlp::TextBlock nothing;
    nothing.text =
        "Not measured here: give --encoder (a sentence encoder) for relevance, --text (a file) for "
        "perplexity, --baseline (an earlier report.json) for a comparison.";
    section.blocks.emplace_back(std::move(nothing));
  }
  return section;
}

nlp::ReportSection method_section(const AuditContext& context, const AuditFindings& findings) {
  const AuditOptions& options = context.options;
  nlp::ReportSection section{"method", "Method and limits", "", {}};
  section.text =
      "This is a lexical perturbation diagnostic: one word is exchanged and the sentiment of what "
      "the model writes next is compared. It is no proof of causal fairness, and a model that "
      "ignores the word passes. The scorer may itself prefer some values: continuations are scored "
      "without their prompt, and the scorer bias tells what it would do with it.\n\n"
      "Fail: the permutation test, adjusted for all others, rejects and the whole interval lies "
      "above the tolerance. Pass: the whole interval lies at or below it, and an effect of that "
      "size would have been seen. All else is insufficient evidence. Intervals are over "
      "templates: each end is the farther of a bias-corrected accelerated bootstrap (its levels "
      "expanded for few templates) and of Student's t. They speak of other templates like these, "
      "not of all language, and are unknown ([-1, 1], insufficient evidence) where templates are "
      "too few to have such an interval (fewer than four at 95 %). A parity has no interval: it "
      "fails where the test rejects and the corrected gap lies above the limit.\n\n"
      "I.F. of an intersection is the mean over the pairs of values that differ in one part alone, "
      "as a counterfactual changes one attribute.\n\n"
      "Tests shuffle the values within each template. There are three families, each adjusted for "
      "all attributes and scorers of the run (Holm for any error, Benjamini-Hochberg for the rate "
      "of false findings): the tests of I.F. and G.F., those of all pairs, and those of parities "
      "and I.F. across groups. Verdicts and gates rest on Holm's p, so that a model without any "
      "bias fails the gates of a family with probability alpha at most, however many there are. "
      "Detectable distances are those of the plain test.\n\n"
      "The control is the distance between halves of the same continuations; it should be near "
      "zero, and how far it is from it shows how far to trust the fourth digit.";
  nlp::DefinitionsBlock block;
  block.items = {{"model", context.model},
                 {"continuations of each prompt", std::to_string(options.count)},
                 {"tokens at most", std::to_string(options.generate.max_tokens)},
                 {"temperature", nlohmann::json(options.generate.sampling.temperature).dump()},
                 {"seed", std::to_string(options.generate.seed)},
                 {"permutations", std::to_string(options.permutation.permutations)},
                 {"alpha", nlohmann::json(options.verdict.alpha).dump()},
                 {"tolerance", nlohmann::json(options.verdict.tolerance).dump()}};
  for (const AttributeFinding& finding : findings.findings)
    if (finding.attribute == findings.findings.front().attribute)
      block.items.emplace_back("score of " + finding.scorer, finding.scorer_method);
  for (const AttributeMeasures& measures : findings.measures)
    for (const std::string& note : measures.notes)
      block.items.emplace_back(measures.attribute + ", note", note);
  section.blocks.push_back(std::move(block));
  if (!context.command.empty())
    section.blocks.push_back(nlp::CommandBlock{context.command, "repeats this audit"});
  return section;
}

}  // namespace limbeck::fairness
