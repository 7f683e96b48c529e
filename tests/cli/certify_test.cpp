#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "tests/cli/small_word_model.h"
#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;

TEST(Certify, DecidesEachSentenceAndGoesOnAfterBadOnes) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const std::string out = (folder / "out").string();
  const Outcome outcome =
      limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data, "--budget",
               "1", "--output", out, "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json summary = nlohmann::json::parse(outcome.output);
  EXPECT_EQ(summary["items"], 5);
  EXPECT_EQ(summary["errors"], 2);
  EXPECT_EQ(summary["unknown"], 0);
  const std::vector<nlohmann::json> lines = lines_of(out);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_NE(lines[0]["state"] == "falsified" && lines[0]["decided_by"] == "original",
            lines[1]["state"] == "falsified" &&
                lines[1]["decided_by"] == "original");  // one label is wrong
  EXPECT_EQ(lines[2]["message"], "empty sentence");
  EXPECT_EQ(lines[3]["message"], "label: expected 0 to 1, got 7");
  EXPECT_TRUE(std::filesystem::exists(out + "/report.html"));
}

TEST(Certify, ResumesWithTheSameLines) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const std::string out = (folder / "out").string();
  const std::vector<std::string> words = {"certify", "--model",  small.model, "--heads",
                                          "2",       "--data",   small.data,  "--budget",
                                          "2",       "--output", out};
  ASSERT_EQ(limbeck(words).exit_code, 0);
  const std::string whole = read_file(out + "/items.jsonl");
  write_file_atomic(out + "/items.jsonl",
                    whole.substr(0, whole.find('\n') + 10));  // one line and a cut one
  std::vector<std::string> again = words;
  again.push_back("--resume");
  ASSERT_EQ(limbeck(again).exit_code, 0);
  EXPECT_EQ(read_file(out + "/items.jsonl"), whole);
}

TEST(Certify, GivesARadiusForEachWord) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const std::string out = (folder / "out").string();
  const Outcome outcome =
      limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data, "--norm",
               "inf", "--limit", "2", "--output", out, "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const std::vector<nlohmann::json> lines = lines_of(out);
  ASSERT_EQ(lines.size(), 2u);
  const nlohmann::json& right = lines[0]["state"] == "certified" ? lines[0] : lines[1];
  ASSERT_EQ(right["words"].size(), 2u);
  EXPECT_EQ(right["words"][0]["word"], "good");
  for (const nlohmann::json& word : right["words"]) EXPECT_GT(word["radius"], 0.0);
  EXPECT_EQ(right["method"], "zonotope+backward");
}

TEST(Certify, AGateThatIsMissedIsExitCode1) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  EXPECT_EQ(
      limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data, "--budget",
               "1", "--min-certified", "1", "--output", (folder / "out").string()})
          .exit_code,
      1);
}

TEST(Certify, SaysWhatIsWrongBeforeAnyWork) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const auto error = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "certify");
    words.insert(words.end(), {"--output", (folder / "out").string()});
    return limbeck(words).error;
  };
  EXPECT_EQ(error({"--model", small.model}),
            "limbeck: --data: expected a file of sentences or inputs, got nothing\n");
  EXPECT_EQ(error({"--model", small.model, "--data", small.data, "--shard", "3/2"}),
            "limbeck: --shard: expected I/N with 0 <= I < N, got '3/2'\n");
  EXPECT_EQ(error({"--model", small.model, "--data", small.data, "--positions", "some"}),
            "limbeck: --positions: expected one, all or an integer from 2, got 'some'\n");
  EXPECT_EQ(error({"--model", small.model, "--data", small.data, "--positions", "1"}),
            "limbeck: --positions: expected one, all or an integer from 2, got '1'\n");
  EXPECT_EQ(error({"--model", small.model, "--data", small.data, "--compare", "magic"}),
            "limbeck: --compare: expected one of ibp, crown-ibp, forward, forward+backward, "
            "zonotope, zonotope+backward, zonotope+unstable, unstable, forward+unstable, crown, "
            "alpha-crown-ibp, "
            "alpha-forward+backward, alpha-zonotope+backward, alpha-crown, got 'magic'\n");
  EXPECT_EQ(error({"--model", small.model, "--heads", "3", "--data", small.data}),
            "limbeck: --heads: expected a divisor of the width 4, got 3\n");
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

/// The certificates of a run, checked; then what each kind of damage says.
TEST(CheckCertificate, FollowsTheProofsOfARunAndRefusesWhatWasChanged) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const std::string out = (folder / "out").string();
  const Outcome outcome =
      limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data, "--budget",
               "1", "--arith", "rigorous", "--certificate", "--output", out, "--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  std::vector<std::string> files;
  for (const nlohmann::json& line : lines_of(out)) {
    if (line["state"] != "certified") continue;
    ASSERT_TRUE(line["certificate"].is_string()) << line;
    files.push_back(out + "/" + line["certificate"].get<std::string>());
  }
  ASSERT_FALSE(files.empty());
  const Outcome checked = limbeck({"check-certificate", out});
  EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error;
  EXPECT_EQ(checked.error, "");
  EXPECT_THAT(checked.output,
              HasSubstr(files[0] + ": certified: every replacement of at most 1 words keeps the "
                                   "answer (2 candidates of 2 words), label "));

  nlohmann::json json = read_json_file(files[0]);
  json["words"][0]["text"] = "[SEP]";
  write_file_atomic(files[0], json.dump());
  const Outcome changed = limbeck({"check-certificate", files[0]});
  EXPECT_EQ(changed.exit_code, 1);
  EXPECT_EQ(changed.output,
            files[0] + ": not certified: word 2: expected '[SEP]', the vocabulary has '[CLS]'\n");

  write_file_atomic(files[0], "{}");
  const Outcome malformed = limbeck({"check-certificate", files[0]});
  EXPECT_EQ(malformed.exit_code, 3);
  EXPECT_EQ(malformed.output, files[0] + ": malformed: expected the key 'tensors'\n");
}

TEST(CheckCertificate, RefusesUsageInOneLine) {
  const TemporaryDirectory folder;
  const Outcome none = limbeck({"check-certificate"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_EQ(none.error, "limbeck: CERTIFICATE: expected certificates or directories of some\n");
  const Outcome empty = limbeck({"check-certificate", folder.path().string()});
  EXPECT_EQ(empty.exit_code, 3);
  EXPECT_EQ(empty.error, "limbeck-check: " + folder.path().string() + ": no certificates\n");
}

TEST(Certify, RigorousArithmeticRefusesWhatItCannotProve) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const auto error_of = [&](std::vector<std::string> more) {
    std::vector<std::string> words = {"certify",
                                      "--model",
                                      small.model,
                                      "--heads",
                                      "2",
                                      "--data",
                                      small.data,
                                      "--budget",
                                      "1",
                                      "--output",
                                      (folder / "out").string()};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = limbeck(words);
    EXPECT_EQ(outcome.exit_code, 2);
    return outcome.error;
  };
  EXPECT_EQ(
      error_of({"--arith", "rigorous", "--method", "alpha-crown"}),
      "limbeck: --arith: expected a --method without alpha beside rigorous, got alpha-crown\n");
  EXPECT_EQ(error_of({"--certificate"}),
            "limbeck: --certificate: expected --arith rigorous beside it, got double\n");
  EXPECT_EQ(error_of({"--certificate", "--arith", "rigorous", "--method", "zonotope"}),
            "limbeck: --certificate: expected a --method whose bounds a checker can follow beside "
            "it, such as zonotope+backward, got zonotope\n");
}

TEST(CheckCertificate, FollowsTheProofsOfRadii) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  const std::string out = (folder / "out").string();
  const Outcome outcome =
      limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data, "--limit",
               "2", "--arith", "rigorous", "--certificate", "--output", out, "--format", "quiet"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  size_t certified = 0;
  for (const nlohmann::json& line : lines_of(out)) {
    if (line["state"] != "certified") continue;
    ++certified;
    EXPECT_EQ(line["method"], "zonotope+backward");
    EXPECT_TRUE(line["certificate"].is_string()) << line;
  }
  ASSERT_GT(certified, 0u);
  const Outcome checked = limbeck({"check-certificate", out});
  EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error;
  EXPECT_EQ(limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data,
                     "--limit", "2", "--positions", "2", "--method", "zonotope+unstable", "--arith",
                     "rigorous", "--certificate", "--output", out, "--overwrite"})
                .exit_code,
            0);
  // Of a stranger's file no byte makes a line of its own, and no number says more than is proved.
  const std::string file = [&] {
    for (const nlohmann::json& line : lines_of(out))
      if (line["certificate"].is_string())
        return out + "/" + line["certificate"].get<std::string>();
    return std::string();
  }();
  const nlohmann::json whole = read_json_file(file);
  nlohmann::json forged = whole;
  forged["claim"]["balls"][0]["at_most"] = 2000000000;
  forged["claim"]["balls"][0]["positions"] = {1};
  forged["claim"]["balls"][0]["radius"] = 0.0;
  write_file_atomic(file, forged.dump());
  EXPECT_THAT(limbeck({"check-certificate", out}).output,
              HasSubstr("while at most 1 of 1 words move, each within 0 in norm 2"));
  forged["claim"]["balls"][0]["positions"] = {1, 1};
  write_file_atomic(file, forged.dump());
  EXPECT_THAT(limbeck({"check-certificate", out}).output,
              HasSubstr("positions: expected at least one, in order"));
  forged = whole;
  forged["claim"]["balls"].push_back(whole["claim"]["balls"][0]);
  write_file_atomic(file, forged.dump());
  EXPECT_THAT(limbeck({"check-certificate", out}).output,
              HasSubstr("expected one ball where it says 'at_most'"));
  write_file_atomic(file, whole.dump());
  const Outcome pairs = limbeck({"check-certificate", out});
  EXPECT_EQ(pairs.exit_code, 0) << pairs.output << pairs.error;
  EXPECT_THAT(pairs.output, testing::HasSubstr("the answer is kept while at most 2 of "));
}

/// The same WordPiece tokenizer as one file.
std::string tokenizer_json_of(const std::string& vocabulary) {
  nlohmann::json ids = nlohmann::json::object(), added = nlohmann::json::array();
  std::istringstream stream(vocabulary);
  int64_t id = 0;
  for (std::string piece; std::getline(stream, piece); ++id) {
    ids[piece] = id;
    if (piece.starts_with("["))
      added.push_back({{"id", id}, {"content", piece}, {"special", true}, {"normalized", false}});
  }
  nlohmann::json json = nlohmann::json::parse(R"({
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 0], "cls": ["[CLS]", 0]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100}})");
  json["post_processor"]["sep"][1] = ids["[SEP]"];
  json["post_processor"]["cls"][1] = ids["[CLS]"];
  json["model"]["vocab"] = ids;
  json["added_tokens"] = added;
  return json.dump();
}

/// A student reads pieces; `plays` is two of them.
class CheckCertificateOfStudent : public testing::TestWithParam<const char*> {};

TEST_P(CheckCertificateOfStudent, FollowsTheProofs) {
  const TemporaryDirectory folder;
  const std::string golden_student =
      std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/student/classify";
  const std::string student = (folder / "student").string();
  std::filesystem::copy(golden_student, student, std::filesystem::copy_options::recursive);
  if (std::string(GetParam()) == "tokenizer.json") {
    write_file_atomic(student + "/tokenizer.json",
                      tokenizer_json_of(read_file(student + "/vocab.txt")));
    std::filesystem::remove(student + "/vocab.txt");
  }
  const nlohmann::json golden = read_json_file(student + "/golden.json");
  std::string table = "sentence\tlabel\n";
  for (const char* label : {"negative", "neutral", "positive"})
    table += golden["texts"][2].get<std::string>() + "\t" + label + "\n";
  const std::string data = folder.write("data.tsv", table).string(),
                    out = (folder / "out").string();
  const Outcome outcome =
      limbeck({"certify", "--model", student, "--data", data, "--arith", "rigorous", "--method",
               "forward+backward", "--certificate", "--output", out, "--format", "quiet"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  size_t certified = 0;
  for (const nlohmann::json& line : lines_of(out)) {
    if (line["state"] != "certified") continue;
    ++certified;
    ASSERT_TRUE(line["certificate"].is_string()) << line;
    const nlohmann::json json = read_json_file(out + "/" + line["certificate"].get<std::string>());
    EXPECT_TRUE(json.contains("pieces"));
  }
  ASSERT_EQ(certified, 1u);
  const Outcome checked = limbeck({"check-certificate", out});
  EXPECT_EQ(checked.exit_code, 0) << checked.output << checked.error;
}

INSTANTIATE_TEST_SUITE_P(Vocabularies, CheckCertificateOfStudent,
                         testing::Values("vocab.txt", "tokenizer.json"));

TEST(Certify, RigorousVerdictsAreThoseOfDouble) {
  const TemporaryDirectory folder;
  const SmallWordModel small(folder);
  std::vector<std::vector<nlohmann::json>> runs;
  for (const char* arith : {"double", "rigorous", "rigorous-float32"}) {
    const std::string out = (folder / arith).string();
    ASSERT_EQ(limbeck({"certify", "--model", small.model, "--heads", "2", "--data", small.data,
                       "--budget", "2", "--arith", arith, "--output", out})
                  .exit_code,
              0);
    runs.push_back(lines_of(out));
  }
  for (size_t i = 0; i < runs[0].size(); ++i) {
    EXPECT_EQ(runs[0][i]["state"], runs[1][i]["state"]);
    EXPECT_EQ(runs[0][i]["state"], runs[2][i]["state"]);
    if (runs[0][i]["state"] != "certified") continue;
    EXPECT_LE(runs[1][i]["margin_proved"], runs[0][i]["margin_proved"]);
    EXPECT_LT(runs[2][i]["margin_proved"], runs[1][i]["margin_proved"]);
  }
}

}  // namespace
}  // namespace limbeck::test
