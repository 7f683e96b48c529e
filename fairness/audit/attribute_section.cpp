#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "fairness/audit/report_sections.h"
#include "fairness/audit/resolution.h"

namespace limbeck::fairness {
namespace {

using nlp::Measurement;
using nlp::NumberFormat;
using nlp::NumberStyle;

constexpr NumberFormat kDistance{NumberStyle::kFixed, 4};
constexpr size_t kTablePairs = 20;
constexpr size_t kExampleTexts = 3;
constexpr size_t kLinesOfWords = 6;
constexpr size_t kMostShaded = 60;  ///< values of a heat map; more are no longer told apart

nlp::TableColumn number(const std::string& label) { return {label, "", true, kDistance}; }

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
}

std::vector<std::vector<double>> sorted_groups(const ScoreTable& table) {
  std::vector<std::vector<double>> pools = group_scores(table);
  for (std::vector<double>& pool : pools) std::sort(pool.begin(), pool.end());
  return pools;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The groups that a chart has room for: those of the lowest and highest means when there are more.
std::vector<size_t> shown_groups(const std::vector<std::vector<double>>& pools) {
  std::vector<size_t> order(pools.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (order.size() <= nlp::kMaxSeries) return order;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t x, size_t y) { return mean(pools[x]) < mean(pools[y]); });
  constexpr auto kHalf = static_cast<int64_t>(nlp::kMaxSeries / 2);
  std::vector<size_t> shown(order.begin(), order.begin() + kHalf);
  shown.insert(shown.end(), order.end() - kHalf, order.end());
  return shown;
}

/// Share of scores at or below each threshold, a line a group.
nlp::LineChartBlock distributions(const ScoreTable& table) {
  nlp::LineChartBlock chart;
  const auto pools = sorted_groups(table);
  chart.title = "Scores of the groups";
  chart.description =
      "Share of continuations with at most this score; lines that part are groups that the model "
      "continues with different sentiment.";
  if (pools.size() > nlp::kMaxSeries)
    chart.description += " The three groups of the lowest and highest mean; the table has all.";
  chart.x = {"score (0 negative, 1 positive)", false, {NumberStyle::kFixed, 2}};
  chart.y = {"share of continuations", false, {NumberStyle::kFixed, 3}};
  for (const size_t g : shown_groups(pools)) {
    nlp::LineSeries series{table.groups[g], {}};
    for (int step = 0; step <= 40; ++step) {
      const double at = step / 40.0;
      const auto below = std::upper_bound(pools[g].begin(), pools[g].end(), at) - pools[g].begin();
      series.points.emplace_back(at,
                                 static_cast<double>(below) / static_cast<double>(pools[g].size()));
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

nlp::TableBlock group_quantiles(const ScoreTable& table) {
  nlp::TableBlock block;
  block.title = "Distribution of each group";
  block.columns = {{"group", "", false, {}}, number("mean"), number("5 %"), number("25 %"),
                   number("median"),         number("75 %"), number("95 %")};
  const auto pools = sorted_groups(table);
  for (size_t g = 0; g < pools.size(); ++g)
    block.rows.push_back(
        {table.groups[g], Measurement(mean(pools[g])), Measurement(quantile(pools[g], 0.05)),
         Measurement(quantile(pools[g], 0.25)), Measurement(quantile(pools[g], 0.5)),
         Measurement(quantile(pools[g], 0.75)), Measurement(quantile(pools[g], 0.95))});
  block.is_collapsed = pools.size() > 10;
  return block;
}

nlp::TableBlock value_means(const AttributeFinding& finding) {
  const ScoreTable& table = finding.table;
  nlp::TableBlock block;
  block.title = "Mean score of each value";
  block.columns = {
      {"value", "", false, {}}, {"group", "", false, {}}, number("mean score"), number("control")};
  for (size_t a = 0; a < table.values.size(); ++a) {
    std::vector<double> all;
    for (const auto& cells : table.scores) all.insert(all.end(), cells[a].begin(), cells[a].end());
    block.rows.push_back({table.values[a], table.groups[static_cast<size_t>(table.group[a])],
                          Measurement(mean(all)), Measurement(finding.evidence.value_controls[a])});
  }
  block.is_collapsed = table.values.size() > 10;
  return block;
}

nlp::HeatMapBlock heat_map(const AttributeFinding& finding) {
  nlp::HeatMapBlock chart;
  chart.title = "Corrected distance of each pair";
  chart.description = "The darker, the more the continuations of two values differ in sentiment.";
  chart.value_label = "corrected W1";
  chart.format = {NumberStyle::kFixed, 3};
  chart.rows = chart.columns = finding.table.values;
  chart.values.assign(
      chart.rows.size(),
      std::vector<Measurement>(chart.rows.size(), Measurement::missing("not compared")));
  for (const PairFinding& pair : finding.pairs) {
    const auto a = static_cast<size_t>(pair.a), b = static_cast<size_t>(pair.b);
    chart.values[a][b] = chart.values[b][a] = Measurement(pair.test.corrected());
  }
  return chart;
}

nlp::TableBlock pair_table(const AuditContext& context, const AttributeFinding& finding) {
  nlp::TableBlock block;
  block.title = "Pairs that differ most";
  block.note = "W1 averaged over the templates; p-values are adjusted for all " +
               std::to_string(context.options.permutation.pair_family) +
               " pairs of the run. Control: halves of the same continuations of both values. " +
               detectable_note() +
               resolution_note(context.options.permutation.refined() - 1,
                               context.options.permutation.pair_family,
                               context.options.verdict.alpha, kPairRefinement);
  block.columns = {{"pair", "", false, {}}, number("W1"),     number("without effect"),
                   number("corrected"),     number("low"),    number("high"),
                   number("p (Holm)"),      number("p (BH)"), number("control"),
                   number("detectable")};
  for (size_t i = 0; i < std::min(kTablePairs, finding.pairs.size()); ++i) {
    const PairFinding& pair = finding.pairs[i];
    block.rows.push_back({finding.table.values[static_cast<size_t>(pair.a)] + " / " +
                              finding.table.values[static_cast<size_t>(pair.b)],
                          Measurement(pair.test.observed), Measurement(pair.test.null_mean),
                          Measurement(pair.test.corrected()), Measurement(pair.interval.low),
                          Measurement(pair.interval.high), Measurement(pair.adjusted.holm),
                          Measurement(pair.adjusted.bh), Measurement(pair.control),
                          Measurement(pair.test.visible())});
  }
  block.is_collapsed = finding.pairs.size() > 10;
  return block;
}

std::string word_list(const std::vector<DistinctWord>& words) {
  std::string text;
  char ratio[48];
  for (size_t i = 0; i < std::min(kLinesOfWords, words.size()); ++i) {
    std::snprintf(ratio, sizeof ratio, " (x %.1f)", words[i].ratio);
    text += (text.empty() ? "" : ", ") + words[i].word + ratio;
  }
  return text.empty() ? "none" : text;
}

nlp::TableBlock word_table(const AuditContext& context, const AttributeFinding& finding,
                           const WorkResults& results) {
  nlp::TableBlock block;
  block.title = "Words that tell the pairs apart";
  block.note = "How many times more often the continuations of one value have the word.";
  block.columns = {{"pair", "", false, {}},
                   {"words of the first", "", false, {}},
                   {"words of the second", "", false, {}}};
  const TemplateSet& set = context.set_of(finding.attribute);
  const auto count =
      std::min(finding.pairs.size(), static_cast<size_t>(context.options.example_pairs));
  for (size_t i = 0; i < count; ++i) {
    const PairFinding& pair = finding.pairs[i];
    const PairWords words = pair_words(set, results, pair);
    block.rows.push_back({finding.table.values[static_cast<size_t>(pair.a)] + " / " +
                              finding.table.values[static_cast<size_t>(pair.b)],
                          word_list(words.a), word_list(words.b)});
  }
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
      "The template in which the pair differs most, and continuations at the quartiles of each "
      "value's scores.";
  block.score_label = "score";
  const TemplateSet& set = context.set_of(finding.attribute);
  const auto count =
      std::min(finding.pairs.size(), static_cast<size_t>(context.options.example_pairs));
  for (size_t i = 0; i < count; ++i) {
    const PairFinding& pair = finding.pairs[i];
    const size_t m = widest_template(finding.table, pair);
    block.examples.push_back(
        {set.templates[m],
         {typical(set, finding, m, pair.a, results), typical(set, finding, m, pair.b, results)}});
  }
  return block;
}

}  // namespace

nlp::ReportSection attribute_section(const AuditContext& context, const AttributeFinding& finding,
                                     const Judgement& judgement, const WorkResults& results) {
  std::string id;
  for (const char c : finding.attribute + "-" + finding.scorer)
    id += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
  nlp::ReportSection section{id, finding.attribute + ", scored by " + finding.scorer, "", {}};
  section.text = std::string("Verdict: ") + verdict_text(judgement.verdict_of(finding)) + ".";
  section.blocks.emplace_back(distributions(finding.table));
  if (finding.table.values.size() <= kMostShaded)
    section.blocks.emplace_back(heat_map(finding));
  else
    section.text += " With " + std::to_string(finding.table.values.size()) +
                    " values a heat map cannot be read; report.json has all pairs.";
  section.blocks.emplace_back(group_quantiles(finding.table));
  section.blocks.emplace_back(value_means(finding));
  section.blocks.emplace_back(pair_table(context, finding));
  section.blocks.emplace_back(word_table(context, finding, results));
  section.blocks.emplace_back(examples(context, finding, results));
  return section;
}

}  // namespace limbeck::fairness
