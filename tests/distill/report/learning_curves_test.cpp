#include "distill/report/learning_curves.h"

#include <gtest/gtest.h>

#include "nlp/core/errors.h"
#include "tests/support/error_message.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::distill {
namespace {

using test::TemporaryDirectory;

TEST(LearningCurves, PairEachEvaluationWithTheTrainingLossBeforeIt) {
  const TemporaryDirectory folder;
  const auto file = folder.write("metrics.jsonl",
                                 R"({"event":"train","step":2,"epoch":0,"loss":0.5}
{"event":"train","step":4,"epoch":0,"loss":0.25}
{"event":"eval","step":4,"epoch":1,"validation_loss":0.3,"baseline_loss":0.4,"retrieval_at_1":0.5}

{"event":"train","step":6,"epoch":1,"loss":0.125}
{"event":"eval","step":8,"epoch":2,"validation_loss":0.2,"baseline_loss":0.4,"retrieval_at_1":0.75,"pairs_spearman":0.8}
)");
  const nlp::LearningCurves curves = read_learning_curves(file);
  ASSERT_EQ(curves.points.size(), 2u);
  EXPECT_EQ(curves.points[0].step, 4);
  EXPECT_EQ(curves.points[0].train_loss.value(), 0.25);
  EXPECT_EQ(curves.points[0].validation_loss.value(), 0.3);
  EXPECT_EQ(curves.points[0].retrieval_at_1.value(), 0.5);
  EXPECT_EQ(curves.points[0].sts_spearman.reason(), "not measured");
  EXPECT_EQ(curves.points[1].step, 8);
  EXPECT_EQ(curves.points[1].train_loss.value(), 0.125);
  EXPECT_EQ(curves.points[1].sts_spearman.value(), 0.8);
  EXPECT_EQ(curves.mean_baseline_loss.value(), 0.4);
}

TEST(LearningCurves, OfARunWithoutEvaluationAreEmpty) {
  const TemporaryDirectory folder;
  const auto file = folder.write("metrics.jsonl", "{\"event\":\"train\",\"step\":2,\"loss\":1}\n");
  EXPECT_TRUE(read_learning_curves(file).points.empty());
  EXPECT_TRUE(read_learning_curves(folder / "absent.jsonl").points.empty());
}

TEST(LearningCurves, ANumberThatIsNotFiniteIsMissing) {
  const TemporaryDirectory folder;
  const auto file =
      folder.write("metrics.jsonl", "{\"event\":\"eval\",\"step\":2,\"validation_loss\":null}\n");
  EXPECT_EQ(read_learning_curves(file).points.at(0).validation_loss.reason(), "not measured");
}

TEST(LearningCurves, NameTheLineThatIsDamaged) {
  const TemporaryDirectory folder;
  const std::string file =
      folder.write("metrics.jsonl", "{\"event\":\"train\",\"step\":2,\"loss\":1}\n{\"event\":\n");
  EXPECT_EQ(test::error_message<DataError>([&] { read_learning_curves(file); }),
            file + ":2:1:9: not valid JSON (is the file complete?)");
  const std::string list = folder.write("list.jsonl", "[1, 2]\n");
  EXPECT_EQ(test::error_message<DataError>([&] { read_learning_curves(list); }),
            list + ":1: expected a JSON object, got array");
  const std::string step = folder.write("step.jsonl", "{\"event\":\"eval\",\"step\":\"two\"}\n");
  EXPECT_EQ(test::error_message<DataError>([&] { read_learning_curves(step); }),
            step + ":1: key 'step': expected an integer, got \"two\"");
}

}  // namespace
}  // namespace limbeck::distill
