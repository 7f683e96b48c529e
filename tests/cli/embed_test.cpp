#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/tensor/npy.h"
#include "nlp/tensor/safetensors.h"
#include "tests/cli/spawn.h"
#include "tests/support/shared_data.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;

std::vector<nlohmann::json> objects(const std::string& lines) {
  std::vector<nlohmann::json> result;
  std::istringstream stream(lines);
  for (std::string line; std::getline(stream, line);) result.push_back(nlohmann::json::parse(line));
  return result;
}

/// The vectors of JSON lines, one after the other.
std::vector<float> vectors_of(const std::string& lines) {
  std::vector<float> values;
  for (const nlohmann::json& object : objects(lines))
    for (const nlohmann::json& value : object.at("vector")) values.push_back(value.get<float>());
  return values;
}

TEST(Embed, AllFormatsHoldTheSameVectors) {
  const TemporaryDirectory folder;
  const std::string lines = "the cat\n\na cat sat on the mat\n";
  const auto text = folder.write("lines.txt", lines);
  const Outcome printed = limbeck({"embed", "--model", small_student()}, {.input = lines});
  ASSERT_EQ(printed.exit_code, 0) << printed.error;
  const std::vector<float> expected = vectors_of(printed.output);
  ASSERT_EQ(expected.size(), 3u * 12u);
  EXPECT_EQ(objects(printed.output)[2]["text"], "a cat sat on the mat");
  for (const char* name : {"v.npy", "v.safetensors", "v.jsonl"}) {
    const std::string file = folder / name;
    const Outcome outcome =
        limbeck({"embed", "--model", small_student(), "--input", text, "--output", file});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(outcome.output, "");
    EXPECT_THAT(outcome.error,
                testing::EndsWith("limbeck: 3 vectors of width 12 in " + file + "\n"));
  }
  const nlp::NpyArray array = nlp::read_npy(folder / "v.npy");
  EXPECT_EQ(array.shape, (std::vector<int64_t>{3, 12}));
  EXPECT_EQ(nlp::to_float32(array.view()), expected);
  const nlp::TensorStore store = nlp::TensorStore::open(folder / "v.safetensors");
  EXPECT_EQ(nlp::to_float32(store.at("embeddings", {3, 12})), expected);
  EXPECT_EQ(read_file(folder / "v.jsonl"), printed.output);
}

TEST(Embed, ArgumentsFileAndOtherBatchSizesGiveTheSameVectors) {
  const Outcome lines = limbeck({"embed", "--model", small_student()}, {.input = "cat\nthe mat\n"});
  const Outcome words =
      limbeck({"embed", "--model", small_student(), "--batch-size", "1", "cat", "the mat"});
  EXPECT_EQ(words.output, lines.output) << words.error;
  const Outcome one = limbeck({"embed", "--model", small_student(), "--limit=1", "cat", "the mat"});
  EXPECT_EQ(one.output, lines.output.substr(0, lines.output.find('\n') + 1));
}

TEST(Embed, KeepsTheKeysOfJsonLines) {
  const Outcome outcome = limbeck({"embed", "--model", small_student(), "--field", "body"},
                                  {.input = "{\"id\": 7, \"body\": \"the cat\"}\n"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json object = objects(outcome.output).at(0);
  EXPECT_EQ(object["id"], 7);
  EXPECT_EQ(object["body"], "the cat");
  EXPECT_EQ(object["vector"].size(), 12u);
}

TEST(Embed, QuietPrintsNothing) {
  const Outcome outcome =
      limbeck({"embed", "--model", small_student(), "--format", "quiet", "cat"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.output + outcome.error, "");
}

TEST(Embed, AFullDiskLeavesNothingBehind) {
  const TemporaryDirectory folder;
  std::string lines;
  for (int i = 0; i < 2000; ++i) lines += "the cat\n";
  const std::string file = folder / "v.npy";
  const Outcome outcome = limbeck({"embed", "--model", small_student(), "--output", file},
                                  {.input = lines, .largest_file = 16384});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + file +
                               ": cannot write: File too large (make room; --resume goes on with a "
                               "run that has begun)\n");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Embed, RefusesAnOutputThatIsThereBeforeAnyWork) {
  // It was once replaced without a word.
  const TemporaryDirectory folder;
  const std::string file = folder.write("v.npy", "mine");
  const Outcome refused = limbeck({"embed", "--model", "absent", "--output", file, "the cat"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.error, "limbeck: " + file + ": exists (give --overwrite to replace it)\n");
  EXPECT_EQ(read_file(file), "mine");
  const Outcome replaced =
      limbeck({"embed", "--model", small_student(), "--output", file, "--overwrite", "the cat"});
  EXPECT_EQ(replaced.exit_code, 0) << replaced.error;
  EXPECT_EQ(nlp::read_npy(file).shape, (std::vector<int64_t>{1, 12}));
}

TEST(Embed, NeverReplacesItsInputOrTheModel) {
  // `--overwrite` once put the vectors in the place of the sentences.
  const TemporaryDirectory folder;
  const std::string lines = "{\"text\": \"the cat\"}\n", input = folder.write("w.jsonl", lines),
                    model = folder / "model";
  std::filesystem::copy(small_student(), model);
  const Outcome own =
      limbeck({"embed", "--model", model, "--input", input, "--output", input, "--overwrite"});
  EXPECT_EQ(own.exit_code, 2);
  EXPECT_EQ(own.error,
            "limbeck: --output: expected another file than --input, got '" + input + "'\n");
  EXPECT_EQ(read_file(input), lines);
  const std::string weights = model + "/model.safetensors", before = read_file(weights);
  const Outcome models =
      limbeck({"embed", "--model", model, "--input", input, "--output", weights, "--overwrite"});
  EXPECT_EQ(models.exit_code, 2);
  EXPECT_EQ(models.error,
            "limbeck: --output: expected a file outside of --model, got '" + weights + "'\n");
  EXPECT_TRUE(read_file(weights) == before);
}

TEST(Embed, CtrlCLeavesNothingBehind) {
  const TemporaryDirectory folder;
  const Outcome outcome =
      limbeck({"embed", "--model", small_student(), "--output", folder / "v.npy"},
              {.input = "the cat\n",
               .keeps_input_open = true,
               .stop_when_process =  // it waits for the rest of the first block of text
               [](pid_t process) { return catches(process, SIGINT) && is_asleep(process); },
               .stop_signal = SIGINT});
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(outcome.error, "limbeck: interrupted; nothing half-written is left\n");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Embed, TheTeacherGivesUnitVectorsOfItsWidth) {
  LIMBECK_NEEDS_ASSET("all-MiniLM-L6-v2");
  const Outcome outcome = limbeck(
      {"embed", "--model", asset_cache("all-MiniLM-L6-v2").string(), "A sentence.", "Another."});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const std::vector<float> values = vectors_of(outcome.output);
  ASSERT_EQ(values.size(), 2u * 384u);
  double norm = 0;
  for (size_t i = 0; i < 384; ++i) norm += static_cast<double>(values[i]) * values[i];
  EXPECT_NEAR(norm, 1.0, 1e-5);
}

TEST(Tokenize, PrintsIdsLineByLine) {
  const Outcome outcome =
      limbeck({"tokenize", "--model", small_student()}, {.input = "the cat\n\n"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 2);
  const Outcome words = limbeck({"tokenize", "--model", small_student(), "the cat", ""});
  EXPECT_EQ(words.output, outcome.output) << words.error;
  const Outcome json =
      limbeck({"tokenize", "--model", small_student(), "--format", "json", "the cat"});
  const nlohmann::json object = objects(json.output).at(0);
  std::string ids;
  for (const nlohmann::json& id : object["ids"]) ids += (ids.empty() ? "" : " ") + id.dump();
  EXPECT_EQ(ids, outcome.output.substr(0, outcome.output.find('\n')));
  EXPECT_EQ(object["tokens"].size(), object["spans"].size());
}

TEST(Tokenize, PairsHaveATabBetween) {
  const Outcome pair =
      limbeck({"tokenize", "--model", small_student(), "--pair"}, {.input = "cat\tmat\n"});
  EXPECT_EQ(pair.exit_code, 0) << pair.error;
  const Outcome wrong =
      limbeck({"tokenize", "--model", small_student(), "--pair"}, {.input = "cat\tmat\ncat mat\n"});
  EXPECT_EQ(wrong.exit_code, 3);
  EXPECT_EQ(wrong.error,
            "limbeck: standard input:2:1: expected two texts with one tab between (--pair)\n");
}

TEST(Inspect, SumsTheTensors) {
  const Outcome outcome = limbeck({"inspect", small_student(), "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  int64_t parameters = 0;
  for (const nlohmann::json& tensor : json["tensors"]) {
    int64_t count = 1;
    for (const nlohmann::json& size : tensor["shape"]) count *= size.get<int64_t>();
    parameters += count;
  }
  EXPECT_EQ(json["parameters"], parameters);
  EXPECT_EQ(json["bytes"], 4 * parameters);
  EXPECT_EQ(json["config"]["model_type"], "limbeck_bilstm");
  EXPECT_THAT(limbeck({"inspect", small_student()}).output, HasSubstr("embeddings.weight"));
}

}  // namespace
}  // namespace limbeck::test
