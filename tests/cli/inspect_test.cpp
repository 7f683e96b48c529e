#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/distillation.h"
#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;

std::string golden(const std::string& name) {
  return std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/" + name;
}

TEST(Inspect, ListsMetadataAndTensorsOfAGgufFile) {
  const std::string file = golden("causal/llama.gguf");
  const Outcome outcome = limbeck({"inspect", file, "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(json["metadata"]["general.architecture"], "llama");
  ASSERT_TRUE(json["metadata"]["tokenizer.ggml.tokens"].contains("count"));
  EXPECT_EQ(json["metadata"]["tokenizer.ggml.tokens"]["first"].size(), 8u);
  int64_t parameters = 0, bytes = 0;
  for (const nlohmann::json& tensor : json["tensors"]) {
    int64_t count = 1;
    for (const nlohmann::json& size : tensor["shape"]) count *= size.get<int64_t>();
    parameters += count;
    bytes += tensor["bytes"].get<int64_t>();
  }
  EXPECT_GT(parameters, 0);
  EXPECT_EQ(json["parameters"], parameters);
  EXPECT_EQ(json["bytes"], bytes);
  const std::string text = limbeck({"inspect", file}).output;
  EXPECT_THAT(text, HasSubstr("\n  general.architecture             \"llama\"\n"));
  EXPECT_THAT(text, HasSubstr("token_embd.weight"));
}

class InspectGraph : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "built without LibTorch";
    ASSERT_EQ(spawn({LIMBECK_TORCHSCRIPT_FIXTURE, folder_.path()}).exit_code, 0);
  }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  TemporaryDirectory folder_;
};

TEST_F(InspectGraph, CountsTheOperationsOfAStudent) {
  const Outcome outcome = limbeck({"inspect", golden("student/classify"), "--graph"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(outcome.output,
            golden("student/classify") +
                "\n"
                "  input [1,8,11]\n"
                "  operation                                count  ibp  forward  crown  alpha\n"
                "  aten::lstm                                   1  yes  yes      yes    yes\n"
                "  aten::linear                                 3  yes  yes      yes    yes\n"
                "  aten::tanh                                   1  yes  yes      yes    yes\n"
                "  aten::transpose                              1  yes  yes      yes    yes\n"
                "  aten::softmax                                1  yes  yes      yes    yes\n"
                "  aten::matmul                                 1  yes  yes      yes    yes\n"
                "  aten::squeeze                                1  yes  yes      yes    yes\n"
                "every operation is supported\n");
}

TEST_F(InspectGraph, AHuggingFaceClassifierIsSupported) {
  const Outcome outcome = limbeck(
      {"inspect", golden("sentiment/tiny"), "--graph", "--tokens", "5", "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json json = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(json["supported"], true);
  EXPECT_EQ(json["input"], nlohmann::json({1, 5, 16}));
  std::map<std::string, int64_t> count;
  for (const nlohmann::json& row : json["operations"]) count[row["name"]] = row["count"];
  EXPECT_EQ(count["aten::layer_norm"], 5);
  EXPECT_EQ(count["aten::gelu"], 2);
  EXPECT_EQ(count["aten::linear"], 14);
}

TEST_F(InspectGraph, NamesWhatATorchScriptFileHasThatIsNotSupported) {
  const Outcome outcome = limbeck({"inspect", file("unsupported.pt"), "--shape", "4"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(
      outcome.output,
      HasSubstr(file("unsupported.pt") +
                "\n"
                "  input [1,4]\n"
                "  operation                                count  ibp  forward  crown  alpha\n"
                "  aten::matmul                                 1  yes  yes      yes    yes\n"
                "  aten::relu                                   1  yes  yes      yes    yes\n"
                "  aten::add                                    2  yes  yes      yes    yes\n"
                "  aten::lgamma                                 1  no   no       no     no\n"
                "  aten::sum                                    1  no   no       no     no\n"
                "not supported:\n"
                "  aten::lgamma #"));
  EXPECT_THAT(outcome.output, HasSubstr(" on (1, 2): not supported\n"));
  EXPECT_THAT(outcome.output, HasSubstr(" on (1, 2): works on the batch dimension\n"));
  EXPECT_THAT(outcome.output, HasSubstr("\nsupported: aten::_convolution, "));
}

TEST_F(InspectGraph, OtherTorchScriptFiles) {
  for (const char* name : {"convolutional.pt", "recurrent.pt"}) {
    const std::vector<std::string> words = {"inspect", file(name), "--format", "json", "--shape"};
    std::vector<std::string> all = words;
    for (const char* size : {"1", "4", "4"}) all.push_back(size);
    if (std::string(name) == "recurrent.pt") all = words, all.push_back("5"), all.push_back("3");
    const Outcome outcome = limbeck(all);
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(nlohmann::json::parse(outcome.output)["supported"], true) << outcome.output;
  }
}

TEST_F(InspectGraph, SaysWhatIsWrong) {
  const auto error = [](const std::vector<std::string>& words) {
    std::vector<std::string> all = {"inspect"};
    all.insert(all.end(), words.begin(), words.end());
    return limbeck(all).error;
  };
  EXPECT_EQ(error({file("convolutional.pt")}),
            "limbeck: --shape: expected the sizes of one input of " + file("convolutional.pt") +
                ", got none (a TorchScript file does not say them)\n");
  EXPECT_EQ(error({golden("student/mean"), "--graph"}),
            "limbeck: " + golden("student/mean") +
                ": the model has no task head (make one with `limbeck finetune`)\n");
  EXPECT_EQ(error({golden("student/classify_pair"), "--graph"}),
            "limbeck: " + golden("student/classify_pair") +
                ": expected a classifier of single sentences, got one of pairs\n");
  EXPECT_EQ(error({golden("student/score_pair"), "--graph", "--tokens", "0"}),
            "limbeck: --tokens: expected 1 or more, got 0\n");
  const std::string pickle = folder_.write("pickle.pt", std::string("\x80\x02}q\x00.", 6)).string();
  EXPECT_EQ(error({pickle, "--graph", "--shape", "4"}),
            "limbeck: " + pickle +
                ": not a TorchScript file: expected a zip archive, as torch.jit.save writes it "
                "(pickles are not read)\n");
}

}  // namespace
}  // namespace limbeck::test
