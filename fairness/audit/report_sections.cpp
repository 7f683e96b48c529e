#include "fairness/audit/report_sections.h"

#include <algorithm>
#include <numeric>

namespace limbeck::fairness {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

constexpr NumberFormat kDistance{NumberStyle::kFixed, 4};
constexpr size_t kTablePairs = 20;
constexpr size_t kExampleTexts = 3;

nlp::TableColumn number(const std::string& label) { return {label, "", true, kDistance}; }

/// Share of scores at or below each threshold, a line a group.
nlp::LineChartBlock distributions(const ScoreTable& table) {
  nlp::LineChartBlock chart;
  chart.title = "Scores of the groups";
  chart.description =
      "Share of continuations with at most this score; lines that part are groups "
      "that the model continues with different sentiment.";
  chart.x = {"score (0 negative, 1 positive)", false, {NumberStyle::kFixed, 2}};
  chart.y = {"share of continuations", false, {NumberStyle::kFixed, 3}};
  for (size_t g = 0; g < std::min(table.groups.size(), nlp::kMaxSeries); ++g) {
    std::vector<double> pool;
    for (const auto& cells : table.scores)
      for (size_t a = 0; a < cells.size(); ++a)
        if (table.group[a] == static_cast<int64_t>(g))
          pool.insert(pool.end(), cells[a].begin(), cells[a].end());
    std::sort(pool.begin(), pool.end());
    nlp::LineSeries series{table.groups[g], {}};
    for (int step = 0; step <= 40; ++step) {
      const double at = step / 40.0;
      const auto below = std::upper_bound(pool.begin(), pool.end(), at) - pool.begin();
      series.points.emplace_back(at, static_cast<double>(below) / static_cast<double>(pool.size()));
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

nlp::TableBlock value_means(const ScoreTable& table) {
  nlp::TableBlock block;
  block.title = "Mean score of each value";
  block.columns = {{"value", "", false, {}}, {"group", "", false, {}}, number("mean score")};
  for (size_t a = 0; a < table.values.size(); ++a) {
    double sum = 0;
    size_t count = 0;
    for (const auto& cells : table.scores) {
      sum = std::accumulate(cells[a].begin(), cells[a].end(), sum);
      count += cells[a].size();
    }
    block.rows.push_back({table.values[a], table.groups[static_cast<size_t>(table.group[a])],
                          Measurement(sum / static_cast<double>(count))});
  }
  return block;
}

nlp::TableBlock pair_table(const AttributeFinding& finding) {
  nlp::TableBlock block;
  block.title = "Pairs that differ most";
  block.note = "W1 averaged over the templates; p-values are adjusted for all " +
               std::to_string(finding.pairs.size()) + " pairs.";
  block.columns = {{"pair", "", false, {}}, number("W1"),       number("without effect"),
                   number("corrected"),     number("p (Holm)"), number("p (BH)")};
  for (size_t i = 0; i < std::min(kTablePairs, finding.pairs.size()); ++i) {
    const PairFinding& pair = finding.pairs[i];
    block.rows.push_back({finding.table.values[static_cast<size_t>(pair.a)] + " / " +
                              finding.table.values[static_cast<size_t>(pair.b)],
                          Measurement(pair.test.observed), Measurement(pair.test.null_mean),
                          Measurement(pair.test.corrected()), Measurement(pair.holm_p),
                          Measurement(pair.bh_p)});
  }
  block.is_collapsed = finding.pairs.size() > 10;
  return block;
}

/// The template in which a pair differs most.
size_t widest_template(const ScoreTable& table, const PairFinding& pair) {
  const std::vector<double> distances = pair_distances(table, pair.a, pair.b);
  return static_cast<size_t>(std::max_element(distances.begin(), distances.end()) -
                             distances.begin());
}

/// Continuations around the median of a value's scores, so that an example is a typical one.
nlp::ExampleColumn typical(const TemplateSet& set, const AttributeFinding& finding, size_t m,
                           int64_t a, const WorkResults& results) {
  const std::vector<double>& scores = finding.table.scores[m][static_cast<size_t>(a)];
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t x, size_t y) { return scores[x] < scores[y]; });
  nlp::ExampleColumn column;
  column.title = set.values[static_cast<size_t>(a)].text;
  for (size_t k = 1; k <= kExampleTexts; ++k) {
    const size_t i = order[(order.size() - 1) * k / (kExampleTexts + 1)];
    const WorkKey key{set.attribute, static_cast<int64_t>(m), a, static_cast<int64_t>(i)};
    column.entries.push_back({results.at(key).text, Measurement(scores[i]), false});
  }
  return column;
}

nlp::ExamplesBlock examples(const AuditContext& context, const AttributeFinding& finding,
                            const WorkResults& results) {
  nlp::ExamplesBlock block;
  block.title = "Continuations side by side";
  block.description =
      "The template in which the pair differs most, and continuations at the "
      "quartiles of each value's scores.";
  block.score_label = "score";
  for (const TemplateSet& set : context.sets) {
    if (set.attribute != finding.attribute) continue;
    const auto count =
        std::min<size_t>(finding.pairs.size(), static_cast<size_t>(context.options.example_pairs));
    for (size_t i = 0; i < count; ++i) {
      const PairFinding& pair = finding.pairs[i];
      const size_t m = widest_template(finding.table, pair);
      block.examples.push_back(
          {set.templates[m],
           {typical(set, finding, m, pair.a, results), typical(set, finding, m, pair.b, results)}});
    }
  }
  return block;
}

}  // namespace

nlp::ReportSection overview_section(const std::vector<AttributeFinding>& findings) {
  nlp::ReportSection section{"overview", "Distances between counterfactuals", "", {}};
  section.text =
      "Individual fairness (I.F.) is the mean Wasserstein-1 distance between the scores of two "
      "values in the same template; group fairness (G.F.) that between a group and all. Both are "
      "positive even without any effect: the corrected distance is what is left after the mean of "
      "the distances of shuffled labels.";
  nlp::TableBlock table;
  table.title = "All attributes and scorers";
  table.columns = {{"attribute", "", false, {}},
                   {"scorer", "", false, {}},
                   number("I.F."),
                   number("without effect"),
                   number("corrected"),
                   number("low"),
                   number("high"),
                   number("p"),
                   number("G.F. corrected"),
                   number("G.F. p"),
                   number("control"),
                   number("detectable"),
                   {"verdict", "", false, {}}};
  nlp::BarChartBlock chart;
  chart.title = "Corrected individual fairness";
  chart.description =
      "Dots are corrected distances; whiskers reach over half the width of the interval.";
  chart.axis = {"corrected W1", false, kDistance};
  chart.axis_start = 0.0;
  nlp::BarSeries series{"corrected I.F.", {}};
  for (const AttributeFinding& finding : findings) {
    const Evidence& e = finding.evidence;
    table.rows.push_back({finding.attribute, finding.scorer, Measurement(e.individual.observed),
                          Measurement(e.individual.null_mean),
                          Measurement(e.individual.corrected()), Measurement(e.interval.low),
                          Measurement(e.interval.high), Measurement(e.individual.p_value),
                          Measurement(e.group.corrected()), Measurement(e.group.p_value),
                          Measurement(e.control), Measurement(e.detectable),
                          std::string(verdict_text(e.verdict))});
    chart.categories.push_back(finding.attribute + ", " + finding.scorer);
    series.values.push_back({Measurement(e.individual.corrected()),
                             Measurement((e.interval.high - e.interval.low) / 2)});
    chart.axis_start =
        std::min(*chart.axis_start, std::min(e.interval.low, e.individual.corrected()));
  }
  chart.series.push_back(std::move(series));
  section.blocks = {std::move(chart), std::move(table)};
  return section;
}

nlp::ReportSection attribute_section(const AuditContext& context, const AttributeFinding& finding,
                                     const WorkResults& results) {
  std::string id;
  for (const char c : finding.attribute + "-" + finding.scorer)
    id += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
  nlp::ReportSection section{id, finding.attribute + ", scored by " + finding.scorer, "", {}};
  section.text = std::string("Verdict: ") + verdict_text(finding.evidence.verdict) + ".";
  section.blocks.push_back(distributions(finding.table));
  section.blocks.push_back(value_means(finding.table));
  section.blocks.push_back(pair_table(finding));
  section.blocks.push_back(examples(context, finding, results));
  return section;
}

nlp::ReportSection method_section(const AuditContext& context) {
  const AuditOptions& options = context.options;
  nlp::ReportSection section{"method", "Method and limits", "", {}};
  section.text =
      "This is a lexical perturbation diagnostic: one word is exchanged and the sentiment of what "
      "the model writes next is compared. It is no proof of causal fairness, and a model that "
      "ignores the word passes. The scorer may itself prefer some values: continuations are scored "
      "without their prompt. Fail: the permutation test rejects and the whole interval lies above "
      "the tolerance. Pass: the whole interval lies at or below it, and an effect of that size "
      "would have been seen. All else is insufficient evidence. Intervals are bias-corrected "
      "accelerated bootstrap intervals over templates; the control is the distance between halves "
      "of the same continuations.";
  nlp::DefinitionsBlock block;
  block.items = {{"model", context.model},
                 {"continuations of each prompt", std::to_string(options.count)},
                 {"tokens at most", std::to_string(options.generate.max_tokens)},
                 {"temperature", nlohmann::json(options.generate.sampling.temperature).dump()},
                 {"seed", std::to_string(options.generate.seed)},
                 {"permutations", std::to_string(options.permutation.permutations)},
                 {"alpha", nlohmann::json(options.verdict.alpha).dump()},
                 {"tolerance", nlohmann::json(options.verdict.tolerance).dump()}};
  for (const TemplateSet& set : context.sets)
    for (const std::string& note : lint(set))
      block.items.emplace_back(set.attribute + ", note", note);
  section.blocks.push_back(std::move(block));
  if (!context.command.empty())
    section.blocks.push_back(nlp::CommandBlock{context.command, "repeats this audit"});
  return section;
}

}  // namespace limbeck::fairness
