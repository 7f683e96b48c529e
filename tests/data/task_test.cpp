#include "data/task.h"

#include <gtest/gtest.h>

#include <set>

#include "data/metric.h"
#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::data {
namespace {

using test::error_message;
using Words = std::vector<std::string>;

TEST(Task, IsFoundInAnySpelling) {
  EXPECT_EQ(find_task("SST-2").name, "sst2");
  EXPECT_EQ(find_task("sts_b").name, "stsb");
  EXPECT_EQ(error_message<ConfigError>([] { find_task("squad"); }),
            "task 'squad' is not one of: cola, sst2, mrpc, stsb, qqp, mnli, qnli, rte, wnli, "
            "snippets");
}

TEST(Task, TableIsConsistent) {
  std::set<std::string> names;
  for (const Task& task : tasks()) {
    EXPECT_TRUE(names.insert(task.name).second) << task.name;
    const bool is_classification = task.kind == TaskKind::kClassification;
    EXPECT_EQ(task.labels.size() >= 2, is_classification) << task.name;
    ASSERT_FALSE(task.metrics.empty()) << task.name;
    for (const std::string& metric : task.metrics)
      EXPECT_EQ(find_metric(metric).is_for_classification, is_classification) << task.name;
  }
  EXPECT_EQ(names.size(), 10U);
}

TEST(GlueTask, ReadsTheOfficialLayoutOfEachTask) {
  const test::TemporaryDirectory glue;
  glue.write("CoLA/train.tsv", "gj04\t1\t\tIt \"works.\ngj04\t0\t*\tWork it does.\n");
  glue.write("SST-2/train.tsv", "sentence\tlabel\nno wit , only gags \t0\n");
  glue.write("MRPC/dev.tsv",
             "\xEF\xBB\xBFQuality\t#1 ID\t#2 ID\t#1 String\t#2 String\r\n1\t7\t8\tHe said \"so\tHe "
             "did.\r\n");
  glue.write(
      "STS-B/dev.tsv",
      "index\tgenre\tfilename\tyear\told_index\tsource1\tsource2\tsentence1\tsentence2\tscore"
      "\n4\tg\tf\ty\t1\tn\tn\tA.\tB.\t3.800\n");
  glue.write("RTE/test.tsv", "index\tsentence1\tsentence2\n0\tA.\tB.\n");
  const auto cola = load_task("cola", glue.path(), Split::kTrain);
  ASSERT_EQ(cola.size(), 2U);
  EXPECT_EQ(cola[0].text, "It \"works.");
  EXPECT_EQ(cola[0].label, 1);
  EXPECT_EQ(cola[1].label, 0);
  EXPECT_EQ(cola[1].id, "2");
  const auto sst = load_task("sst2", glue.path(), Split::kTrain);
  EXPECT_EQ(sst[0].text, "no wit , only gags");
  EXPECT_FALSE(sst[0].pair.has_value());
  const auto mrpc = load_task("MRPC", glue.path(), Split::kDev);
  EXPECT_EQ(mrpc[0].text, "He said \"so");
  EXPECT_EQ(mrpc[0].pair, "He did.");
  EXPECT_EQ(mrpc[0].label, 1);
  const auto sts = load_task("sts-b", glue.path(), Split::kDev);
  EXPECT_EQ(sts[0].score, 3.8F);
  EXPECT_EQ(sts[0].label, -1);
  EXPECT_EQ(sts[0].id, "4");
  const auto rte = load_task("rte", glue.path(), Split::kTest);
  EXPECT_EQ(rte[0].label, -1);
  EXPECT_EQ(rte[0].pair, "B.");
}

TEST(GlueTask, ShortRowsAreSkippedInQuoraQuestionPairsOnly) {
  const test::TemporaryDirectory glue;
  glue.write("QQP/train.tsv",
             "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n1\t2\t3\tA?\tB?\t1\n4\t5\tcut\n");
  EXPECT_EQ(load_task("qqp", glue.path(), Split::kTrain).size(), 1U);
}

TEST(GlueTask, NamesWhatIsWrongInAFile) {
  const test::TemporaryDirectory glue;
  const std::string file = (glue / "SST-2/train.tsv").string();
  const auto message = [&](const char* task) {
    return error_message<DataError>([&] { load_task(task, glue.path(), Split::kTrain); });
  };
  EXPECT_EQ(message("sst2"), file + ": missing (expected the official GLUE files in --glue-dir)");
  glue.write("SST-2/train.tsv", "sentence\tlabel\ngood\t1\nfine\tx\n");
  EXPECT_EQ(message("sst2"), file + ":3:2: label 'x' is not one of: 0, 1");
  glue.write("SST-2/train.tsv", "sentence\tlabel\na\tb\tc\td\te\n");
  EXPECT_EQ(message("sst2"), file + ":2:3: expected 2 columns, got 5 (is the separator a tab?)");
  glue.write("SST-2/train.tsv", "sentence,label\ngood,1\n");
  EXPECT_EQ(message("sst2"), file + ":1: no column 'sentence'; the header has: sentence,label");
  glue.write("SST-2/train.tsv", "sentence\tlabel\n");
  EXPECT_EQ(message("sst2"), file + ": no row after the header");
  glue.write("STS-B/train.tsv", "sentence1\tsentence2\tscore\nA.\tB.\tnan\n");
  EXPECT_EQ(message("stsb"),
            (glue / "STS-B/train.tsv").string() + ":2:3: expected a number as score, got 'nan'");
  glue.write("CoLA/train.tsv", "gj04\t1\n");
  EXPECT_EQ(message("cola"), (glue / "CoLA/train.tsv").string() +
                                 ":1:3: expected 4 columns, got 2 (is the separator a tab?)");
}

struct OfficialRows {
  const char* task;
  Split split;
  size_t rows, positive;  ///< positive: rows with label 1
};

class GlueFilesOnDisk : public testing::TestWithParam<OfficialRows> {};

TEST_P(GlueFilesOnDisk, HaveTheOfficialNumberOfRowsAndLabels) {
  LIMBECK_NEEDS_SHARED_DATA("glue");
  const auto [name, split, rows, positive] = GetParam();
  const auto examples = load_task(name, test::shared_data() / "glue", split);
  EXPECT_EQ(examples.size(), rows);
  size_t ones = 0;
  for (const Example& example : examples) {
    ASSERT_FALSE(example.text.empty()) << example.id;
    ones += example.label == 1 ? 1 : 0;
  }
  EXPECT_EQ(ones, positive);
  const Task& task = find_task(name);
  if (split != Split::kTest) {
    EXPECT_EQ(static_cast<int64_t>(rows), split == Split::kTrain ? task.train_rows : task.dev_rows);
  }
}

// Counts of positive rows as the GLUE paper's data pages and the files' own readme give them.
INSTANTIATE_TEST_SUITE_P(Tasks, GlueFilesOnDisk,
                         testing::Values(OfficialRows{"cola", Split::kTrain, 8551, 6023},
                                         OfficialRows{"cola", Split::kDev, 1043, 721},
                                         OfficialRows{"sst2", Split::kTrain, 67349, 37569},
                                         OfficialRows{"sst2", Split::kDev, 872, 444},
                                         OfficialRows{"mrpc", Split::kTrain, 3668, 2474},
                                         OfficialRows{"mrpc", Split::kDev, 408, 279},
                                         OfficialRows{"mrpc", Split::kTest, 1725, 0},
                                         OfficialRows{"stsb", Split::kTrain, 5749, 0},
                                         OfficialRows{"stsb", Split::kDev, 1500, 0},
                                         OfficialRows{"mnli", Split::kDev, 9815, 3479},
                                         OfficialRows{"qnli", Split::kDev, 5463, 2761},
                                         OfficialRows{"rte", Split::kTrain, 2490, 1241},
                                         OfficialRows{"rte", Split::kDev, 277, 131},
                                         OfficialRows{"wnli", Split::kTrain, 635, 312},
                                         OfficialRows{"wnli", Split::kDev, 71, 31}));

class TsvTaskTest : public testing::Test {
 protected:
  std::string message() {
    const std::string text = error_message<DataError>(
        [&] { load_tsv_task(folder_ / "train.tsv", folder_ / "dev.tsv"); });
    const std::string prefix = folder_.path().string() + "/";
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
  }

  test::TemporaryDirectory folder_;
};

TEST_F(TsvTaskTest, InfersClassesFromTheTrainingFile) {
  folder_.write("train.tsv", "id\ttext\tlabel\tnote\na\tgood\tpos\t.\nb\tbad\tneg\t.\n");
  folder_.write("dev.tsv", "label\tsentence\npos\tfine\n");
  const CustomTask custom = load_tsv_task(folder_ / "train.tsv", folder_ / "dev.tsv");
  EXPECT_EQ(custom.task.labels, (Words{"neg", "pos"}));
  EXPECT_EQ(custom.task.metrics, (Words{"accuracy", "f1", "mcc"}));
  EXPECT_FALSE(custom.task.is_pair);
  EXPECT_EQ(custom.train[0].id, "a");
  EXPECT_EQ(custom.train[0].label, 1);
  EXPECT_EQ(custom.dev[0].text, "fine");
  EXPECT_EQ(custom.dev[0].id, "2");
}

TEST_F(TsvTaskTest, OrdersIntegerLabelsByValue) {
  folder_.write("train.tsv", "text\tlabel\na\t10\nb\t9\nc\t-1\n");
  folder_.write("dev.tsv", "text\tlabel\na\t9\n");
  const CustomTask custom = load_tsv_task(folder_ / "train.tsv", folder_ / "dev.tsv");
  EXPECT_EQ(custom.task.labels, (Words{"-1", "9", "10"}));
  EXPECT_EQ(custom.task.metrics, (Words{"accuracy", "mcc"}));
}

TEST_F(TsvTaskTest, ScoresMakeAPairTaskOfRegression) {
  folder_.write("train.tsv", "sentence1\tsentence2\tscore\nA\tB\t0.25\n");
  folder_.write("dev.tsv", "sentence1\tsentence2\tscore\nA\tB\t-1e-3\n");
  const CustomTask custom = load_tsv_task(folder_ / "train.tsv", folder_ / "dev.tsv");
  EXPECT_EQ(custom.task.kind, TaskKind::kRegression);
  EXPECT_TRUE(custom.task.is_pair);
  EXPECT_EQ(custom.train[0].pair, "B");
  EXPECT_EQ(custom.dev[0].score, -1e-3F);
}

TEST_F(TsvTaskTest, UnlabelledFilesAreReadForAKnownTask) {
  const auto file = folder_.write("x.tsv", "text\ngood\n");
  const auto examples = load_tsv_examples(file, find_task("sst2"));
  EXPECT_EQ(examples[0].label, -1);
}

TEST_F(TsvTaskTest, NamesWhatDoesNotFit) {
  folder_.write("dev.tsv", "text\tlabel\na\t1\n");
  folder_.write("train.tsv", "review\tlabel\na\t1\n");
  EXPECT_EQ(message(),
            "train.tsv:1: expected a header with sentence (or text), or sentence1 and sentence2, "
            "got: review, label");
  folder_.write("train.tsv", "text\tgrade\na\t1\n");
  EXPECT_EQ(message(), "train.tsv:1: expected a column named 'label' or 'score'");
  folder_.write("train.tsv", "text\tlabel\na\t1\nb\t1\n");
  EXPECT_EQ(message(), "train.tsv: expected at least 2 different labels, got 1");
  folder_.write("train.tsv", "text\tlabel\na\t1\nb\t \n");
  EXPECT_EQ(message(), "train.tsv:3:2: expected a label, got nothing");
  folder_.write("train.tsv", "text\tlabel\na\t0\nb\t1\n");
  folder_.write("dev.tsv", "text\tlabel\na\tyes\n");
  EXPECT_EQ(message(), "dev.tsv:2:2: label 'yes' is not one of: 0, 1");
  folder_.write("dev.tsv", "text\tscore\na\t1\n");
  EXPECT_EQ(message(), "dev.tsv:1: expected a column named 'label', as the task is classification");
  folder_.write("dev.tsv", "sentence1\tsentence2\tlabel\na\tb\t1\n");
  EXPECT_EQ(message(), "dev.tsv:1: expected sentence or text, as the task has single sentences");
  std::string many = "text\tlabel\n";
  for (int i = 0; i <= 1000; ++i) many += "a\t" + std::to_string(0.5 * i) + "\n";
  folder_.write("train.tsv", many);
  EXPECT_EQ(message(),
            "train.tsv:1002:2: more than 1000 labels (for regression, name the column 'score')");
}

}  // namespace
}  // namespace limbeck::data
