#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "tests/cli/distillation.h"
#include "tests/cli/spawn.h"
#include "tests/cli/stopped_run.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

const std::string kModel = std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/causal/llama";

std::vector<nlohmann::json> json_lines(const std::string& text) {
  std::vector<nlohmann::json> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

TEST(Generate, OneTextIsStreamedAndManyAreJsonLines) {
  const std::vector<std::string> words = {"generate",   "--model",      kModel, "--prompt",
                                          "The market", "--max-tokens", "12"};
  const Outcome one = limbeck(words);
  EXPECT_EQ(one.exit_code, 0) << one.error;
  EXPECT_TRUE(one.output.starts_with("The market")) << one.output;
  std::vector<std::string> many = words;
  many.insert(many.end(), {"--count", "5", "--format", "json", "--progress", "never"});
  const Outcome five = limbeck(many);
  EXPECT_EQ(five.exit_code, 0) << five.error;
  const auto lines = json_lines(five.output);
  ASSERT_EQ(lines.size(), 5u);
  for (size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i]["index"], i);
  EXPECT_EQ("The market" + lines[0]["text"].get<std::string>() + "\n", one.output);
  many.insert(many.end(), {"--batch-size", "2", "--threads", "1"});
  EXPECT_EQ(limbeck(many).output, five.output);
}

std::vector<std::string> many_continuations(int count) {
  return {"generate",
          "--model",
          kModel,
          "--prompt",
          "The market",
          "--count",
          std::to_string(count),
          "--format",
          "json",
          "--max-tokens",
          "60",
          "--progress",
          "never",
          "--threads",
          "2"};
}

TEST(Generate, AFullDiskKeepsTheLinesBeforeIt) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("out.jsonl", "");
  const std::string whole = limbeck(many_continuations(40)).output;
  ASSERT_GT(whole.size(), 4'000u);
  const Outcome full =
      limbeck(many_continuations(40), {.output_file = file, .largest_file = 3'000});
  EXPECT_EQ(full.exit_code, 3);
  EXPECT_EQ(full.error, "limbeck: standard output: cannot write: File too large\n");
  EXPECT_EQ(read_file(file), whole.substr(0, 3'000));
}

// Up to 64 KB of finished lines were once lost, and those that waited for an earlier one.
TEST(Generate, AnInterruptionPrintsEveryFinishedLine) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("out.jsonl", "");
  const Outcome outcome = run_until_stopped(folder / "nothing", [&] {
    folder.write("out.jsonl", "");
    return limbeck(many_continuations(20'000),
                   {.output_file = file,
                    .stop_when = [&] { return std::filesystem::file_size(file) > 0; },
                    .stop_signal = SIGINT});
  });
  EXPECT_EQ(outcome.exit_code, 130);
  EXPECT_EQ(outcome.error, "limbeck: interrupted; the lines printed so far are complete\n");
  const std::string text = read_file(file);
  EXPECT_TRUE(text.ends_with("\n"));
  const auto lines = json_lines(text);
  ASSERT_GT(lines.size(), 0u);
  ASSERT_LT(lines.size(), 20'000u);
  std::set<int64_t> indices;
  for (const nlohmann::json& line : lines) indices.insert(line["index"].get<int64_t>());
  EXPECT_EQ(indices.size(), lines.size());
}

TEST(Generate, ErrorsAreOneLine) {
  const auto refused = [](std::vector<std::string> words) {
    words.insert(words.begin(), "generate");
    const Outcome outcome = limbeck(words);
    EXPECT_EQ(outcome.output, "");
    return std::to_string(outcome.exit_code) + " " + outcome.error;
  };
  EXPECT_EQ(refused({"--prompt", "x"}),
            "2 limbeck: --model: expected a language model (see `limbeck assets fetch "
            "language-model`)\n");
  EXPECT_EQ(refused({"--model", kModel, "--prompt", "x", "--count", "0"}),
            "2 limbeck: --count: expected 1 to 1000000, got 0\n");
  EXPECT_EQ(refused({"--model", kModel, "--prompt", "x", "--temperature", "-1"}),
            "2 limbeck: temperature: expected 0 or more, got -1.0\n");
  EXPECT_EQ(refused({"--model", "/none", "--prompt", "x"}),
            "3 limbeck: /none: no such file or directory\n");
  EXPECT_EQ(
      refused({"--model", small_student(), "--prompt", "x"}),
      "3 limbeck: " + small_student() +
          "/config.json: model_type 'limbeck_bilstm' is not a supported language model; known: "
          "llama, mistral, qwen2, gpt2\n");
}

TEST(TruncatedGguf, IsNamedByEveryCommandThatReadsOne) {
  const TemporaryDirectory folder;
  const std::string cut = folder.write("cut.gguf", read_file(kModel + ".gguf").substr(0, 200'000));
  const std::string text = folder.write("t.txt", "The market is there.\n");
  const std::string out = folder / "out";
  const std::vector<std::vector<std::string>> commands = {
      {"generate", "--model", cut, "--prompt", "x"},
      {"perplexity", "--model", cut, "--text", text},
      {"audit", "--model", cut, "--attribute", "country", "--lexicon",
       folder.write("lexicon.txt", "good\t1\n"), "--output", out},
      {"debias", "--model", cut, "--attribute", "country", "--text", text, "--audit-count", "0",
       "--output", out}};
  for (const std::vector<std::string>& command : commands) {
    const Outcome outcome = limbeck(command);
    if (command[0] == "debias" && !can_train()) continue;
    EXPECT_EQ(outcome.exit_code, 3) << command[0];
    EXPECT_EQ(outcome.error, "limbeck: " + cut +
                                 ": truncated: tensor 'blk.1.attn_q.weight': 18432 bytes at offset "
                                 "176256 of the data, which has 190496\n")
        << command[0];
    EXPECT_FALSE(std::filesystem::exists(out)) << command[0];
  }
}

TEST(Perplexity, CountsTokensAndThoseNearSensitiveWords) {
  const TemporaryDirectory folder;
  const std::string text = folder.write("t.txt", "The market is there.\nThey are going home.\n");
  const std::string words = folder.write("w.txt", "market\n");
  const Outcome outcome =
      limbeck({"perplexity", "--model", kModel, "--text", text, "--words", words, "--context", "12",
               "--format", "json", "--progress", "never"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const auto json = nlohmann::json::parse(outcome.output);
  EXPECT_GT(json["tokens"].get<int64_t>(), json["sensitive_tokens"].get<int64_t>());
  EXPECT_GT(json["sensitive_tokens"].get<int64_t>(), 0);
  EXPECT_GT(json["perplexity"].get<double>(), 1);
  EXPECT_EQ(limbeck({"perplexity", "--model", kModel}).error,
            "limbeck: --text: expected a text file\n");
}

/// A lexicon of single letters, so that the noise of a random model has some sentiment.
std::string small_lexicon(const TemporaryDirectory& folder) {
  return folder.write("lexicon.txt", "the\t1.5\na\t-1.5\ngood\t2\n");
}

std::vector<std::string> audit_words(const TemporaryDirectory& folder, const std::string& output) {
  const std::string sets = folder.write(
      "sets.json",
      R"({"attribute": "place", "templates": ["I am from {value} and", "{value} is", "In {value}"],
                       "values": ["Rome", "Oslo", "Lima"]})");
  return {"audit",
          "--model",
          kModel,
          "--templates",
          sets,
          "--lexicon",
          small_lexicon(folder),
          "--count",
          "4",
          "--max-tokens",
          "10",
          "--permutations",
          "99",
          "--output",
          (folder / output).string(),
          "--progress",
          "never"};
}

TEST(Audit, ResumedWorkGivesTheSameReport) {
  const TemporaryDirectory folder;
  const Outcome first = limbeck(audit_words(folder, "a"));
  EXPECT_EQ(first.exit_code, 4) << first.error;  // a random model writes no rated words
  EXPECT_THAT(first.output, testing::StartsWith("place, vader: I.F. "));
  const std::string work = read_file(folder / "a/continuations.jsonl");
  EXPECT_EQ(std::count(work.begin(), work.end(), '\n'), 1 + 3 * 3 * 4);
  std::filesystem::create_directory(folder / "b");
  folder.write("b/continuations.jsonl", work.substr(0, work.size() / 2));
  std::vector<std::string> resumed = audit_words(folder, "b");
  resumed.push_back("--resume");
  EXPECT_EQ(limbeck(resumed).exit_code, 4);
  EXPECT_EQ(read_file(folder / "b/continuations.csv"), read_file(folder / "a/continuations.csv"));
  const auto results = [&](const char* file) {
    return nlohmann::json::parse(read_file(folder / file))["results"].dump();
  };
  EXPECT_EQ(results("b/report.json"), results("a/report.json"));
  resumed.insert(resumed.end(), {"--seed", "2"});
  EXPECT_EQ(
      limbeck(resumed).error,
      "limbeck: " + (folder / "b/continuations.jsonl").string() +
          ": made with other settings (model, templates, seed or sampling); give the same ones "
          "or --overwrite\n");
}

TEST(Audit, ErrorsAreOneLine) {
  EXPECT_EQ(limbeck({"audit", "--model", kModel, "--output", "o"}).error,
            "limbeck: --attribute: expected an attribute, or --templates FILE\n");
  EXPECT_EQ(limbeck({"audit", "--model", kModel, "--attribute", "country"}).error,
            "limbeck: --output: expected a directory to write\n");
  EXPECT_EQ(limbeck({"audit", "--model", kModel, "--attribute", "country", "--output", "o",
                     "--count", "1"})
                .error,
            "limbeck: count: expected 2 to 100000, got 1\n");
}

}  // namespace
}  // namespace limbeck::test
