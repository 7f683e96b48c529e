#include "distill/report/compression_report.h"

#include <gtest/gtest.h>

#include "nlp/core/json_file.h"
#include "nlp/report/report_document.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::distill {
namespace {

/// A teacher of 1,000 parameters and a student of 250 that is 8 times as fast and scores 95 %.
Comparison sample() {
  Comparison comparison;
  comparison.score_name = "spearman";
  comparison.examples = 40;
  comparison.neighbour_overlap = 0.625;
  comparison.models = {{"teacher, float32", "teacher", "BERT", {1000, 400, 4000}, {}, 0.8},
                       {"student, int8", "student", "BiLSTM", {250, 200, 300}, {}, 0.76}};
  comparison.models[0].timing = {4.0, 6.0, 100.0, 50, 2};
  comparison.models[1].timing = {0.5, 0.75, 900.0, 50, 2};
  return comparison;
}

nlohmann::json written(const CompareOptions& options, const Comparison& comparison,
                       const NeighbourAgreement& neighbours = {}, const RunContext& context = {}) {
  const test::TemporaryDirectory folder;
  write_compression_report(folder.path(), options, comparison, neighbours, context);
  EXPECT_TRUE(std::filesystem::exists(folder / "report.html"));
  return read_json_file(folder / "report.json");
}

TEST(CompressionReport, JsonHasEveryFigureOfEveryModel) {
  const nlohmann::ordered_json json = comparison_json(sample());
  EXPECT_EQ(json["score_name"], "spearman");
  EXPECT_EQ(json["examples"], 40);
  EXPECT_EQ(json["neighbour_overlap"], 0.625);
  EXPECT_EQ(json["passed"], true);
  ASSERT_EQ(json["models"].size(), 2u);
  EXPECT_EQ(json["models"][1].dump(),
            R"({"name":"student, int8","description":"BiLSTM","parameters":250,)"
            R"("embedding_parameters":200,"bytes":300,"p50_ms":0.5,"p95_ms":0.75,)"
            R"("sentences_per_second":900.0,"threads":2,"score":0.76})");
}

TEST(CompressionReport, SummaryIsInTimesAndPercentOfTheTeacher) {
  const nlohmann::json json = written({}, sample());
  const nlp::Report report = nlp::report_from_json(json, "report.json");
  EXPECT_EQ(report.command, "compare");
  EXPECT_FALSE(report.verdict.has_value());
  ASSERT_EQ(json["summary"].size(), 4u);
  const auto value = [&](size_t tile) {
    const nlohmann::json& cell = json["summary"][tile]["value"];
    return cell.is_object() ? cell["value"].get<double>() : cell.get<double>();
  };
  EXPECT_EQ(json["summary"][0]["label"], "score against the teacher");
  EXPECT_NEAR(value(0), 95.0, 1e-9);
  EXPECT_EQ(json["summary"][1]["label"], "parameters");
  EXPECT_DOUBLE_EQ(value(1), 4.0);
  EXPECT_EQ(json["summary"][2]["label"], "one sentence");
  EXPECT_DOUBLE_EQ(value(2), 8.0);
  EXPECT_EQ(json["summary"][3]["label"], "neighbours shared");
  EXPECT_DOUBLE_EQ(value(3), 0.625);
  EXPECT_EQ(json["results"], nlohmann::json(comparison_json(sample())));
}

TEST(CompressionReport, HasAVerdictWhereAScoreIsAskedFor) {
  CompareOptions options;
  options.min_relative_score = 0.97;
  Comparison comparison = sample();
  EXPECT_EQ(written(options, comparison)["verdict"]["text"],
            "the student reaches the score that was asked for");
  comparison.is_passed = false;
  EXPECT_EQ(written(options, comparison)["verdict"]["text"],
            "the student is below the score that was asked for");
}

TEST(CompressionReport, HasASectionForWhatThereIs) {
  const Comparison comparison = sample();
  EXPECT_EQ(written({}, comparison)["sections"].size(), 1u);
  NeighbourAgreement neighbours;
  neighbours.examples = {{"the cat", {{"a cat", 0.9}}, {{"a dog", 0.8}}}};
  RunContext context;
  context.command = "limbeck compare --teacher t";
  const nlohmann::json json = written({}, comparison, neighbours, context);
  ASSERT_EQ(json["sections"].size(), 3u);
  EXPECT_EQ(json["sections"][2]["id"], "settings");
  EXPECT_NE(json["sections"][2].dump().find("limbeck compare --teacher t"), std::string::npos);
}

TEST(CompressionReport, OfATeacherAloneHasNoSummary) {
  Comparison comparison = sample();
  comparison.models.pop_back();
  EXPECT_TRUE(written({}, comparison)["summary"].empty());
}

}  // namespace
}  // namespace limbeck::distill
