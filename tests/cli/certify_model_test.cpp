#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/tensor/safetensors.h"
#include "tests/cli/distillation.h"
#include "tests/cli/finetuning.h"
#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;

std::string golden(const std::string& name) {
  return std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/" + name;
}

std::vector<nlohmann::json> lines_of(const std::filesystem::path& folder) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(read_file(folder / "items.jsonl"));
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

class CertifyModel : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "built without LibTorch";
  }

  /// `limbeck certify --model MODEL --data DATA ... --output out`.
  Outcome certify(const std::string& model, const std::string& data,
                  const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"certify",  "--model", model,         "--data",     data,
                                      "--output", out(),     "--overwrite", "--progress", "never"};
    words.insert(words.end(), more.begin(), more.end());
    return limbeck(words);
  }
  std::string out() const { return (folder_ / "out").string(); }
  std::vector<nlohmann::json> lines() const { return lines_of(folder_ / "out"); }

  /// Every radius lies below the smallest one at which the attack saw another answer.
  static void expect_sensible(const nlohmann::json& line) {
    ASSERT_TRUE(line.contains("words")) << line;
    for (const nlohmann::json& word : line["words"]) {
      if (line["state"] == "certified") {
        EXPECT_GT(word["radius"], 0.0) << line;
      }
      if (!word["flipped"].is_null()) {
        EXPECT_LE(word["radius"], word["flipped"]) << line;
      }
    }
  }

  TemporaryDirectory folder_;
};

TEST_F(CertifyModel, AFineTunedTeacherAndItsStudentGetRadiiForEachWord) {
  Finetuning tuning;
  ASSERT_EQ(tuning.run("teacher").exit_code, 0);
  const std::string dev = tuning / "dev.tsv";
  ASSERT_EQ(certify(tuning / "teacher", dev, {"--limit", "3"}).exit_code, 0);
  int64_t certified = 0;
  for (const nlohmann::json& line : lines()) {
    expect_sensible(line);
    certified += line["state"] == "certified";
    EXPECT_EQ(
        line["words"].size(),
        static_cast<size_t>(std::ranges::count(line["sentence"].get<std::string>(), ' ')) + 1);
    EXPECT_EQ(line["words"][0]["position"], 1);
    EXPECT_EQ(line["words"][0]["word"].get<std::string>()[0], 'w');
  }
  EXPECT_GT(certified, 0);
}

TEST_F(CertifyModel, AStudentGetsRadiiAndProofs) {
  const std::string data = folder_
                               .write("data.json", R"([
      {"sentence": "The film is good.", "label": "negative", "candidates": [["a"], ["movie"], ["was"], ["bad", "movies"]]},
      {"sentence": "The film is good.", "label": "neutral", "candidates": []},
      {"sentence": "A woman sings!", "label": "positive", "candidates": [[], ["man"], ["singing"]]},
      {"sentence": "", "label": 0},
      {"sentence": "good", "label": "splendid"},
      {"sentence": "你好", "label": 1}])")
                               .string();
  const Outcome outcome = certify(golden("student/classify"), data, {"--budget", "2"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const std::vector<nlohmann::json> all = lines();
  ASSERT_EQ(all.size(), 6u);
  EXPECT_EQ(all[0]["skipped"], nlohmann::json({{"other number of pieces", 1}}));
  EXPECT_FALSE(all[2].contains("skipped"));
  int64_t decided = 0;
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NE(all[i]["state"], "unknown");
    decided += all[i]["state"] == "certified" || all[i]["state"] == "falsified";
  }
  EXPECT_EQ(decided, 3);
  EXPECT_EQ(all[3]["message"], "empty sentence");
  EXPECT_EQ(all[4]["message"],
            "label: expected one of negative, neutral, positive, got 'splendid'");
  EXPECT_EQ(all[5]["message"], "no word of the sentence is in the vocabulary");
  ASSERT_EQ(certify(golden("student/classify"), data, {"--norm", "inf"}).exit_code, 0);
  for (const nlohmann::json& line : lines())
    if (line["state"] != "error") {
      expect_sensible(line);
      EXPECT_EQ(line["words"].back()["word"], line["label"] == 2 ? "!" : ".");
    }
}

TEST_F(CertifyModel, AHuggingFaceClassifierIsReadAsItIs) {
  const std::string data = folder_
                               .write("data.tsv",
                                      "label\tsentence\n"
                                      "NEGATIVE\tthe film is good\n"
                                      "neutral\tgood\n"
                                      "2\tsad and bad, bad film!\n")
                               .string();
  const Outcome outcome = certify(golden("sentiment/tiny"), data, {"--positions", "all"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const std::vector<nlohmann::json> all = lines();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_EQ(all[0]["label"], 0);
  EXPECT_EQ(all[1]["label"], 1);
  EXPECT_EQ(all[2]["label"], 2);
  for (const nlohmann::json& line : all) expect_sensible(line);
  EXPECT_EQ(all[0]["state"], "certified");
  EXPECT_EQ(all[2]["state"], "falsified");
}

TEST_F(CertifyModel, SynonymsOfAListAreFoundBesidePunctuation) {
  const std::string data =
      folder_.write("data.json", R"([{"sentence": "The film (is) good.", "label": 0}])").string();
  const std::string synonyms =
      folder_.write("synonyms.json", R"({"good": ["bad"], "is": ["was"], "film": ["movies"]})")
          .string();
  ASSERT_EQ(certify(golden("student/classify"), data, {"--synonyms", synonyms, "--budget", "1"})
                .exit_code,
            0);
  EXPECT_EQ(lines()[0]["skipped"], nlohmann::json({{"other number of pieces", 1}}));
}

TEST_F(CertifyModel, SaysWhatIsWrongBeforeAnyWork) {
  const std::string data =
      folder_.write("data.json", R"([{"sentence": "good", "label": 0}])").string();
  const auto error = [&](const std::string& model, const std::string& file) {
    return certify(model, file).error;
  };
  EXPECT_EQ(error(golden("student/mean"), data),
            "limbeck: " + golden("student/mean") +
                ": the model has no task head (make one with `limbeck finetune`)\n");
  EXPECT_EQ(error(golden("student/score_pair"), data),
            "limbeck: " + golden("student/score_pair") +
                ": expected a classifier of single sentences, got one of pairs\n");
  EXPECT_EQ(error(golden("causal/gpt2"), data),
            "limbeck: " + golden("causal/gpt2") +
                "/config.json: model_type 'gpt2' is not supported here; known: bert, "
                "limbeck_bilstm\n");
  const std::string table = folder_.write("data.tsv", "sentence\tscore\ngood\t1\n").string();
  EXPECT_EQ(error(golden("student/classify"), table),
            "limbeck: " + table + ":1: no column 'label'; the header has: sentence, score\n");
}

// "filming" is two pieces here: the leaves of the search are proved in the layout of the sentence.
TEST_F(CertifyModel, ProvesTheLeavesOfASearchOverWordsOfSeveralPieces) {
  const std::string data = folder_
                               .write("data.json",
                                      R"([{"sentence": "the filming is good", "label": "NEGATIVE",
                      "candidates": [["a"], [], ["was"], ["bad"]]},
                     {"sentence": "the film is good", "label": "NEGATIVE",
                      "candidates": [["a"], [], ["was"], ["nice"]]},
                     {"sentence": "xqzy is good", "label": "NEGATIVE",
                      "candidates": [[], ["was"], ["nice"]]}])")
                               .string();
  std::vector<nlohmann::json> states;
  for (const char* arith : {"double", "rigorous", "rigorous-float32"}) {
    const Outcome outcome =
        certify(golden("sentiment/tiny"), data, {"--budget", "2", "--arith", arith});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    nlohmann::json of_lines;
    for (const nlohmann::json& line : lines()) {
      EXPECT_NE(line["state"], "error") << line;
      of_lines.push_back(line["state"]);
    }
    states.push_back(of_lines);
  }
  EXPECT_EQ(states[0], states[1]);  // the slack of float32 leaves one of them open
}

/// A TorchScript network and inputs for it.
class CertifyTorchScript : public CertifyModel {
 protected:
  void SetUp() override {
    CertifyModel::SetUp();
    if (can_train()) {
      ASSERT_EQ(spawn({LIMBECK_TORCHSCRIPT_FIXTURE, folder_.path()}).exit_code, 0);
    }
  }

  std::string network(const std::string& name) const { return (folder_ / name).string(); }

  std::string inputs(const std::vector<int64_t>& shape, const std::vector<int64_t>& labels) const {
    int64_t count = 1;
    for (const int64_t size : shape) count *= size;
    std::mt19937 random(5);
    std::normal_distribution<float> normal;
    std::vector<float> values(static_cast<size_t>(count));
    for (float& value : values) value = normal(random);
    const std::string file = (folder_ / "inputs.safetensors").string();
    nlp::write_safetensors(
        file,
        {{"inputs", {nlp::Dtype::kF32, shape, std::as_bytes(std::span<const float>(values))}},
         {"labels",
          {nlp::Dtype::kI64,
           {static_cast<int64_t>(labels.size())},
           std::as_bytes(std::span<const int64_t>(labels))}}},
        {});
    return file;
  }
};

TEST_F(CertifyTorchScript, SearchesARadiusForEachInput) {
  const std::string data = inputs({6, 1, 4, 4}, {0, 1, 2, 0, 1, 9});
  for (const char* norm : {"1", "2", "inf"}) {
    const Outcome outcome =
        certify(network("convolutional.pt"), data, {"--norm", norm, "--format", "json"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
    const nlohmann::json summary = nlohmann::json::parse(outcome.output);
    EXPECT_EQ(summary["items"], 6);
    EXPECT_EQ(summary["errors"], 1);
    int64_t certified = 0;
    for (const nlohmann::json& line : lines()) {
      if (line["state"] == "error") {
        EXPECT_EQ(line["message"], "label: expected 0 to 2, got 9");
        continue;
      }
      certified += line["state"] == "certified";
      if (line["state"] == "certified") {
        EXPECT_EQ(line["predicted"], line["label"]);
        EXPECT_GT(line["radius"], 0.0);
        EXPECT_LE(line["radius"], line["flipped"]);
      } else {
        EXPECT_EQ(line["decided_by"], "original");
        EXPECT_NE(line["predicted"], line["label"]);
      }
    }
    EXPECT_GT(certified, 0);
    EXPECT_EQ(summary["certified"], certified);
  }
}

TEST_F(CertifyTorchScript, DecidesOneRadius) {
  const std::string data = inputs({4, 5, 3}, {0, 0, 1, 1});
  std::map<std::string, std::map<std::string, int64_t>> states;
  for (const std::string radius : {"1e-4", "50"}) {
    ASSERT_EQ(certify(network("recurrent.pt"), data, {"--radius", radius}).exit_code, 0);
    for (const nlohmann::json& line : lines()) {
      ++states[radius][line["state"]];
      if (line["state"] != "falsified" || line.contains("decided_by")) continue;
      EXPECT_EQ(line["counterexample"].size(), 15);
      EXPECT_LE(line["replayed_margin"], 0.0);
    }
  }
  EXPECT_GT(states["1e-4"]["certified"], 0);
  EXPECT_EQ(states["50"]["certified"], 0);
  EXPECT_GT(states["50"]["falsified"], 0);
}

TEST_F(CertifyTorchScript, ComparesExplainsAndCertifies) {
  const std::string data = inputs({6, 1, 4, 4}, {0, 1, 2, 0, 1, 2});
  const Outcome outcome =
      certify(network("convolutional.pt"), data,
              {"--arith", "rigorous", "--certificate", "--explain", "--compare", "ibp"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, HasSubstr("6 inputs: "));
  int64_t certified = 0;
  for (const nlohmann::json& line : lines()) {
    ASSERT_EQ(line["compare"].size(), 2u);
    EXPECT_EQ(line["compare"][0]["radius"], line["radius"]);
    EXPECT_LE(line["compare"][1]["radius"], line["radius"]);
    EXPECT_EQ(line["certificate"].is_null(), line["state"] != "certified") << line;
    EXPECT_EQ(line["explain"].is_null(), line["state"] != "certified") << line;
    if (line["state"] != "certified") continue;
    ++certified;
    double share = line["explain"]["others"].get<double>();
    for (const nlohmann::json& node : line["explain"]["nodes"]) share += node["loss"].get<double>();
    EXPECT_NEAR(share,
                line["explain"]["value"].get<double>() - line["explain"]["bound"].get<double>(),
                1e-3);
  }
  ASSERT_GT(certified, 0);
  const std::string page = read_file(out() + "/report.html");
  EXPECT_THAT(page, HasSubstr("Methods on the same inputs"));
  EXPECT_THAT(page, HasSubstr("averaged over the inputs"));
  const Outcome checked = limbeck({"check-certificate", out()});
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_EQ(std::ranges::count(checked.output, '\n'), certified);
  EXPECT_THAT(checked.output, HasSubstr(" of " + data + "\n"));
  EXPECT_THAT(outcome.output, HasSubstr("certificates: " + std::to_string(certified) + " of " +
                                        std::to_string(certified) + " certified\n"));
  nlohmann::json json;
  for (const auto& entry : std::filesystem::directory_iterator(out() + "/certificates"))
    if (entry.path().extension() == ".json") {
      json = nlohmann::json::parse(read_file(entry.path()));
      json["input"]["path"] = "x\nitem-9.json: certified";
      write_file_atomic(entry.path(), json.dump());
    }
  const Outcome renamed = limbeck({"check-certificate", "--data", data, out()});
  EXPECT_EQ(renamed.exit_code, 0);
  EXPECT_EQ(renamed.output, checked.output);
  const Outcome other = limbeck({"check-certificate", "--data", network("recurrent.pt"), out()});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.output, HasSubstr("not certified: it speaks of another "));
}

TEST_F(CertifyTorchScript, GoesOnWithWhatItBeganWithAlone) {
  const std::string data = inputs({6, 1, 4, 4}, {0, 1, 2, 0, 1, 2});
  ASSERT_EQ(certify(network("convolutional.pt"), data, {"--limit", "2"}).exit_code, 0);
  const auto resumed = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"certify", "--model", network("convolutional.pt"), "--data", data,
                               "--output", out(), "--resume"});
    return limbeck(more);
  };
  const std::string error = resumed({"--norm", "inf"}).error;
  EXPECT_EQ(error,
            "limbeck: --resume: expected the options that the run began with, 'norm' \"2\", got "
            "\"inf\" (give another --output)\n");
  EXPECT_EQ(resumed({}).exit_code, 0);
  EXPECT_EQ(lines().size(), 6u);
  inputs({6, 1, 4, 4}, {1, 1, 2, 0, 1, 2});
  EXPECT_EQ(resumed({}).error, "limbeck: " + out() + ": --resume: " + data +
                                   " is not what the run began with (give another --output)\n");
}

TEST_F(CertifyTorchScript, SaysWhatIsWrongBeforeAnyWork) {
  const std::string data = inputs({2, 4}, {0, 1});
  EXPECT_THAT(certify(network("unsupported.pt"), data).error,
              HasSubstr(" on (1, 2): not supported; supported: aten::_convolution, "));
  EXPECT_EQ(certify(network("convolutional.pt"), data, {"--budget", "1"}).error,
            "limbeck: --budget: expected a model of sentences, got a TorchScript file\n");
  const std::string sentences =
      folder_.write("data.json", R"([{"sentence": "good", "label": 0}])").string();
  EXPECT_EQ(certify(network("convolutional.pt"), sentences).exit_code, 3);
  const Outcome wrong_shape = certify(network("recurrent.pt"), data);
  EXPECT_EQ(wrong_shape.exit_code, 3);
  EXPECT_THAT(wrong_shape.error,
              HasSubstr("recurrent.pt: its forward fails on an input of shape (1, 4): "));
  EXPECT_FALSE(std::filesystem::exists(out()));
}

}  // namespace
}  // namespace limbeck::test
