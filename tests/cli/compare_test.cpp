#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nlp/core/json_file.h"
#include "tests/cli/distillation.h"
#include "tests/cli/spawn.h"
#include "tests/report_page/browser.h"
#include "tests/report_page/page_check.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;

std::vector<std::string> words(const TemporaryDirectory& folder, const std::string& data) {
  return {"compare",
          "--teacher",
          small_student(),
          "--student",
          small_student(),
          "--control",
          small_student(),
          "--data",
          data,
          "--output",
          (folder / "out").string()};
}

std::vector<std::string> with(std::vector<std::string> list, std::vector<std::string> more) {
  list.insert(list.end(), more.begin(), more.end());
  return list;
}

/// A student compared with itself: what must then hold tells much.
TEST(Compare, AModelWithItselfScoresFullMarks) {
  const TemporaryDirectory folder;
  const std::string text = folder.write("text.txt", "the cat sat\na man sings\nthe film is good\n");
  const Outcome outcome = limbeck(with(words(folder, text), {"--format", "json"}));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  ASSERT_EQ(json["models"].size(), 4U);  // teacher, student, student int8, control
  EXPECT_EQ(json["models"][0]["name"], "teacher, float32");
  EXPECT_NEAR(json["models"][1]["score"], 1.0, 1e-6);
  EXPECT_GT(json["models"][2]["score"], 0.99);
  EXPECT_EQ(json["models"][3]["name"], "control, float32");
  EXPECT_EQ(json["neighbour_overlap"], 1.0);
  EXPECT_LT(json["models"][2]["bytes"], json["models"][1]["bytes"]);
  EXPECT_GT(json["models"][0]["sentences_per_second"], 0.0);
  EXPECT_LE(json["models"][0]["p50_ms"], json["models"][0]["p95_ms"]);
  EXPECT_TRUE(std::filesystem::exists(folder / "out/report.html"));
  EXPECT_EQ(read_json_file(folder / "out/report.json")["command"], "compare");
  const nlohmann::json record = read_json_file(folder / "out/run.json");
  EXPECT_EQ(record["options"]["teacher"], small_student());
  EXPECT_EQ(record["inputs"].back()["path"], text);
  EXPECT_TRUE(record["ended"].is_string());
  if (const auto chromium = page_check::find_chromium()) {
    page_check::Browser browser(*chromium);
    EXPECT_THAT(page_check::check_page(browser, folder / "out/report.html"), testing::IsEmpty());
  }
}

TEST(Compare, ScoresPairsBySpearman) {
  const TemporaryDirectory folder;
  const std::string pairs = folder.write("pairs.tsv",
                                         "sentence1\tsentence2\tscore\nthe cat\tthe cat\t5\n"
                                         "the cat\ta man sings\t1\nthe film\tthe dull film\t3\n");
  const Outcome outcome = limbeck(words(folder, pairs));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("score: pairs spearman of the cosine\n"));
}

TEST(Compare, FailsBelowTheShareAskedFor) {
  const TemporaryDirectory folder;
  const std::string text = folder.write("text.txt", "the cat sat\na man sings\n");
  const Outcome outcome = limbeck(
      {"compare", "--teacher", small_student(), "--student", small_student(), "--student-dtypes",
       "int8", "--data", text, "--output", (folder / "out").string(), "--min-relative-score", "1"});
  EXPECT_EQ(outcome.exit_code, 1) << outcome.error;
  EXPECT_TRUE(std::filesystem::exists(folder / "out/report.html"));
}

TEST(Compare, RefusesNoData) {
  const TemporaryDirectory folder;
  const Outcome outcome = limbeck({"compare", "--teacher", small_student(), "--student",
                                   small_student(), "--output", (folder / "out").string()});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error, "limbeck: --data: expected either --data FILE or --task NAME\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

TEST(Compare, RefusesAnOutputThatHoldsFiles) {
  const TemporaryDirectory folder;
  const std::string text = folder.write("text.txt", "the cat sat\na man sings\n");
  folder.write("out/old.txt", "old");
  const Outcome outcome = limbeck(words(folder, text));
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_THAT(outcome.error, HasSubstr("not empty"));
  EXPECT_TRUE(std::filesystem::exists(folder / "out/old.txt"));
}

TEST(Compare, OverwritingKeepsTheOldOutputWhenAModelIsMissing) {
  // The directory was once emptied before the models were looked at.
  const TemporaryDirectory folder;
  const std::string text = folder.write("text.txt", "the cat sat\na man sings\n");
  const std::string kept = folder.write("out/old.txt", "old");
  const Outcome outcome = limbeck({"compare", "--teacher", small_student(), "--student", "absent",
                                   "--data", text, "--output", folder / "out", "--overwrite"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_TRUE(std::filesystem::exists(kept));
}

TEST(Compare, OverwritingKeepsTheOldOutputOnAFullDisk) {
  // The directory was once emptied before the report was written.
  const TemporaryDirectory folder;
  const std::string text = folder.write("text.txt", "the cat sat\na man sings\n");
  folder.write("out/old.txt", "old");
  const Outcome outcome =
      limbeck(with(words(folder, text), {"--overwrite"}), {.largest_file = 2000});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_THAT(outcome.error, HasSubstr("cannot write: File too large"));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "out"))
    names.push_back(entry.path().filename());
  EXPECT_THAT(names, testing::ElementsAre("old.txt"));
}

TEST(Compare, NeverReplacesAModelThatIsCompared) {
  // `--output STUDENT --overwrite` once removed the student.
  const TemporaryDirectory folder;
  const std::string text = folder.write("text.txt", "the cat sat\na man sings\n");
  const std::string student = folder / "student";
  std::filesystem::copy(small_student(), student);
  const Outcome outcome = limbeck({"compare", "--teacher", small_student(), "--student", student,
                                   "--data", text, "--output", student, "--overwrite"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error, "limbeck: --output: " + student + " holds " + student +
                               ", which is compared (give another directory)\n");
  EXPECT_TRUE(std::filesystem::exists(student + "/model.safetensors"));
}

TEST(Compare, ScoresClassifiersOfTransformers) {
  const TemporaryDirectory folder;
  const std::string model = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/sentiment/tiny";
  const std::string data = folder.write(
      "dev.tsv", "sentence\tlabel\nthe film is good\tNEGATIVE\ngood\tneutral\nsad\t2\n");
  const Outcome outcome =
      limbeck({"compare", "--teacher", model, "--student", model, "--student-dtypes", "float32",
               "--data", data, "--output", (folder / "out").string(), "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(json["score_name"], "custom accuracy");
  EXPECT_GE(json["models"][0]["score"], 0.66);
  EXPECT_EQ(json["models"][1]["score"], json["models"][0]["score"]);
}

TEST(Compare, AClassifierOfTransformersAndAStudentThatLearntItsLabelsAsNumbers) {
  const TemporaryDirectory folder;
  const std::string golden = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/",
                    student = folder / "student";
  std::filesystem::copy(golden + "student/classify", student);
  nlohmann::json config = read_json_file(student + "/config.json");
  config["limbeck_head"]["labels"] = {"2", "1", "0"};
  folder.write("student/config.json", config.dump());
  const std::string data = folder.write("dev.tsv", "sentence\tlabel\ngood\t1\nsad\tPositive\n"),
                    numbers = folder.write("numbers.tsv", "sentence\tlabel\ngood\t1\nsad\t2\n");
  const Outcome outcome = limbeck({"compare", "--teacher", golden + "sentiment/tiny", "--student",
                                   student, "--student-dtypes", "float32", "--data", data,
                                   "--output", (folder / "out").string(), "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const Outcome alone =
      limbeck({"eval", "--model", student, "--data", numbers, "--format", "json"});
  ASSERT_EQ(alone.exit_code, 0) << alone.error;
  EXPECT_EQ(nlohmann::json::parse(outcome.output)["models"][1]["score"],
            nlohmann::json::parse(alone.output)["metrics"]["accuracy"]);
}

TEST(Compare, RefusesAModelOfAnotherKindAndAPipe) {
  const TemporaryDirectory folder;
  folder.write("gpt2/config.json", R"({"model_type": "gpt2"})");
  const std::string out = folder / "out";
  const Outcome gpt2 = limbeck({"compare", "--teacher", folder / "gpt2", "--student",
                                small_student(), "--data", "absent.tsv", "--output", out});
  EXPECT_EQ(gpt2.exit_code, 3);
  EXPECT_THAT(gpt2.error, HasSubstr("model_type 'gpt2' is not supported here"));
  // The second reading of a pipe once found "an empty file".
  const Outcome pipe = limbeck(words(folder, "/dev/stdin"), {.input = "the cat sat\n"});
  EXPECT_EQ(pipe.exit_code, 2);
  EXPECT_EQ(pipe.error,
            "limbeck: --data: expected a file, got '/dev/stdin', a pipe or a device (it is read "
            "more than once)\n");
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(Compare, TakesATableByTheNamesOfItsColumns) {
  // A tab and "score" anywhere in the first line were once enough.
  const TemporaryDirectory folder;
  const std::string text =
      folder.write("text.txt", "the scoreboard\tshows the labels\nthe cat sat\na man sings\n");
  const Outcome outcome = limbeck(words(folder, text));
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("score: cosine to the teacher's vector\n"));
}

TEST(Compare, RefusesVectorsOfAnotherWidth) {
  const TemporaryDirectory folder;
  const std::string text = folder.write("text.txt", "the cat sat\na man sings\n");
  const Outcome outcome =
      limbeck({"compare", "--teacher", tiny_teacher(), "--student", small_student(), "--data", text,
               "--output", (folder / "out").string()});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + small_student() +
                               ": expected vectors of the teacher's width 32, got 12\n");
}

}  // namespace
}  // namespace limbeck::test
