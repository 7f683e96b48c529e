#pragma once

#include <cmath>
#include <string>

#include "nlp/report/distillation_sections.h"

/// A report with every kind of block, long and hostile texts and missing numbers.
namespace limbeck::nlp {

inline ReportSection sample_curves() {
  LearningCurves curves;
  for (int i = 0; i <= 40; ++i) {
    const double t = i / 40.0;
    LearningCurvePoint point;
    point.step = i * 125;
    point.train_loss = 0.06 + 0.44 * std::exp(-5 * t) + 0.004 * std::sin(9.0 * i);
    if (i % 4 == 0) {
      point.validation_loss = 0.07 + 0.43 * std::exp(-5 * t);
      point.retrieval_at_1 = 0.93 * (1 - std::exp(-6 * t));
      point.sts_spearman = 0.52 + 0.30 * (1 - std::exp(-4 * t));
    }
    curves.points.push_back(point);
  }
  curves.points[8].validation_loss = NAN;
  curves.mean_baseline_loss = 0.418;
  curves.teacher_spearman = 0.867;
  ReportSection section = learning_curve_section(curves);
  section.text =
      "Every 500 steps the student is checked against sentences that it never trains on.";
  return section;
}

inline ReportSection sample_compression() {
  CompressionComparison comparison;
  comparison.score_name = "STS-B dev Spearman";
  comparison.conditions =
      "2 threads, float32, 872 sentences of 25 pieces on average; p50 and p95 of one sentence on "
      "one thread.";
  comparison.models = {
      {"all-MiniLM-L6-v2", "teacher", 22713216, 10794624, 90868376, 9.31, 14.2, 212.4, 0.867},
      {"BiLSTM 256", "student", 5164416, 1258112, 20661248, 0.244, 0.391, 5021.0, 0.8272},
      {"BiLSTM 256 int8", "student", 5164416, 1258112, 5412352, 0.171, 0.262, 8110.0, 0.8266},
      {"BiLSTM 64 with a very long name of its own", "student", 1912416, 122880, 7649664, 0.061,
       0.094, 20432.0, 0.761},
      {"mean of word vectors", "baseline", 3906816, 0, 15627264,
       Measurement::missing("not measured"), Measurement::missing("not measured"), 41230.0, NAN}};
  ReportSection section = compression_section(comparison);
  section.text = "What the student costs, and what it keeps of the teacher's score.";
  return section;
}

inline ReportSection sample_scores() {
  const auto bar = [](double mean, double deviation) { return BarValue{mean, deviation}; };
  BarChartBlock bars;
  bars.title = "Fine-tuned, mean and standard deviation of 3 seeds";
  bars.description = "The control has the same architecture and budget, but no distillation.";
  bars.axis = {"accuracy, %", false, {NumberStyle::kFixed, 1}};
  bars.categories = {"SST-2", "MRPC"};
  bars.series = {{"teacher", {bar(91.4, 0.2), bar(88.1, 0.5)}},
                 {"distilled", {bar(87.8, 0.3), bar(76.2, 0.9)}},
                 {"control", {bar(84.9, 0.4), {Measurement::missing("not run")}}}};
  BarChartBlock dots = bars;
  dots.title = "The same from 70 %";
  dots.axis_start = 70.0;
  return {"scores", "Scores", "", {bars, dots}};
}

inline ReportSection sample_audit() {
  ForestBlock forest;
  forest.title = "Corrected distances";
  forest.description = "Dots are estimates, whiskers 95 % intervals.";
  forest.axis = {"corrected W1", false, {NumberStyle::kFixed, 4}};
  forest.rows = {{"country, scored by a model with a long name of its own", 0.0312, 0.021, 0.0455},
                 {"name, vader", -0.0012, -0.004, 0.0017},
                 {"age, vader", 0.01, Measurement::missing("one template"),
                  Measurement::missing("one template")},
                 {"religion", Measurement::missing("not scored"),
                  Measurement::missing("not scored"), Measurement::missing("not scored")}};
  forest.reference_lines = {{"tolerance", 0.02}, {"no effect", 0.0}};
  HeatMapBlock few, many;
  few.title = "Three values";
  few.value_label = many.value_label = "corrected W1";
  few.format = many.format = {NumberStyle::kFixed, 3};
  few.rows = few.columns = {"he", "she", "they"};
  few.values = {{Measurement::missing("itself"), 0.04, 0.01},
                {0.04, Measurement::missing("itself"), -0.02},
                {0.01, -0.02, Measurement::missing("itself")}};
  few.description = "Numbers stand in the cells where they fit.";
  many.title = "Thirty-four values";
  many.description = "Columns have the numbers of the rows.";
  for (int i = 0; i < 34; ++i) many.rows.push_back("value number " + std::to_string(i + 1));
  many.columns = many.rows;
  for (int r = 0; r < 34; ++r) {
    many.values.emplace_back();
    for (int c = 0; c < 34; ++c) many.values.back().push_back(0.05 * std::sin(r * c / 40.0));
  }
  return {"audit", "An audit", "", {forest, few, many}};
}

inline ReportSection sample_radii() {
  ShadedTextBlock block;
  block.title = "Words by radius";
  block.description = "The answer depends most on the words with the strongest shade.";
  block.value_label = "certified radius";
  block.format = {NumberStyle::kGeneral, 3};
  block.sentences = {
      {{"the", 0.412}, {"film", 0.2}, {"is", 0.38}, {"<b>good</b>", 0.0104}, {"!", 1.2e-05}},
      {{"Donaudampfschifffahrtselektrizit\u00E4tenhauptbetriebswerkbauunterbeamtengesellschaft",
        0.3},
       {"\u0645\u0631\u062D\u0628\u0627", 0.0},
       {"film", Measurement::missing("unbounded")}}};
  for (int i = 0; i < 40; ++i)
    block.sentences[0].push_back({"word" + std::to_string(i), 0.01 * (i + 1)});
  return {"radii", "Radii", "", {block}};
}

inline ReportSection sample_neighbours() {
  return neighbour_section(
      {{"A man is playing a guitar on the stage.",
        {{"Someone plays an electric guitar at a concert.", 0.8123},
         {"A band performs in front of a large crowd.", 0.7011},
         {"The musician tunes his instrument.", 0.655}},
        {{"Someone plays an electric guitar at a concert.", 0.7904},
         {"A boy is playing the piano.", 0.7122},
         {"A band performs in front of a large crowd.", 0.6402}}},
       {"<script>alert('\u4F60\u597D')</script> & {{mustache}} \u0645\u0631\u062D\u0628\u0627",
        {{"Donaudampfschifffahrtselektrizit\u00E4tenhauptbetriebswerkbauunterbeamtengesellschaft",
          0.31}},
        {{"<img src=x onerror=alert(1)>", 0.29}}}});
}

inline ReportSection sample_details() {
  TableBlock wide;
  wide.title = "Every run";
  wide.columns.push_back({"run", "", false, {}});
  for (int i = 0; i < 14; ++i)
    wide.columns.push_back({"metric " + std::to_string(i), "", true, {NumberStyle::kFixed, 4}});
  for (int r = 0; r < 40; ++r) {
    std::vector<TableCell> row = {"seed " + std::to_string(r)};
    for (int i = 0; i < 14; ++i) row.push_back(std::sin(r * 14.0 + i));
    wide.rows.push_back(row);
  }
  LineChartBlock schedule;
  schedule.title = "Learning rate";
  schedule.x = {"step", true, {NumberStyle::kInteger, 0}};
  schedule.y = {"learning rate", true, {NumberStyle::kGeneral, 3}};
  for (const char* name : {"embeddings", "recurrent", "projection", "head"}) {
    LineSeries series{name, {}};
    const double factor = 0.2 * static_cast<double>(schedule.series.size() + 1);
    for (int i = 1; i <= 5000; i += 50)
      series.points.emplace_back(i, factor * 1e-3 / std::sqrt(static_cast<double>(i)));
    schedule.series.push_back(series);
  }
  return {"details",
          "How it was made",
          "Everything that is needed to run it again.\n\nThe seeds are those of the options.",
          {CommandBlock{"limbeck distill --teacher all-MiniLM-L6-v2 --text wiki.txt --output out "
                        "--loss cosine --student-config student.json --seed 1 --threads 2",
                        "The command:"},
           DefinitionsBlock{{{"teacher",
                              "all-MiniLM-L6-v2, sha256 "
                              "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab"
                              "128d9db"},
                             {"sentences", "160,000"},
                             {"optimiser", "Adam, learning rate 0.001, batch 64"}}},
           schedule, wide, TextBlock{"Nothing else was tried.\n\nThe end."}}};
}

inline Report sample_report() {
  Report report;
  report.command = "distill";
  report.title = "BiLSTM 256 distilled from all-MiniLM-L6-v2";
  report.verdict = {VerdictStatus::kFail,
                    "STS-B Spearman is 95.4 % of the teacher's; the gate asks for 97 %."};
  report.summary = {
      {"STS-B Spearman", 0.8272, "", "teacher 0.867", {NumberStyle::kFixed, 3}},
      {"of the teacher's score", 95.4, "%", "gate: 97 %", {NumberStyle::kFixed, 1}},
      {"parameters", 5164416.0, "", "4.4 times fewer", {NumberStyle::kInteger, 0}},
      {"one sentence, p50", 0.244, "ms", "38 times faster", {NumberStyle::kGeneral, 3}},
      {"size", 20661248.0, "", "", {NumberStyle::kBytes, 0}},
      {"SST-2", Measurement::missing("not measured"), "%", "", {}}};
  report.sections = {sample_curves(), sample_compression(), sample_scores(), sample_audit(),
                     sample_radii(),  sample_neighbours(),  sample_details()};
  report.results = {{"sts_spearman", 0.8272}, {"sst2", NAN}};
  return report;
}

}  // namespace limbeck::nlp
