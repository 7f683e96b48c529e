#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

/// One wrong call: nothing on standard output, the whole line on standard error, the exit code.
void expect_failure(const std::vector<std::string>& words, int exit_code,
                    const std::string& message, const SpawnOptions& options = {}) {
  const Outcome outcome = limbeck(words, options);
  EXPECT_EQ(outcome.exit_code, exit_code) << words.front();
  EXPECT_EQ(outcome.error, "limbeck: " + message + "\n");
  EXPECT_EQ(outcome.output, "");
}

TEST(Errors, UsageIsExitCode2) {
  expect_failure({"embd"}, 2, "unknown command 'embd' (did you mean 'embed'?); see limbeck --help");
  expect_failure({"--hepl"}, 2,
                 "unknown option '--hepl' (did you mean '--help'?); options of a command stand "
                 "after its name");
  EXPECT_EQ(limbeck({}).error, "limbeck: expected a command (see limbeck --help)\n");
  expect_failure({"embed", "--ouput", "x"}, 2,
                 "unknown option '--ouput' (did you mean '--output'?)");
  expect_failure({"embed", "--zzz=1"}, 2, "unknown option '--zzz'");
  expect_failure({"embed"}, 2, "--model: expected a model directory");
  expect_failure({"embed", "--model"}, 2, "--model: expected a value, got nothing");
  expect_failure({"embed", "--model", "a", "--model", "b"}, 2,
                 "--model: expected one value, got 2");
  expect_failure({"embed", "--dtype", "float33"}, 2,
                 "--dtype: expected one of float32, bfloat16, int8, got 'float33'");
  expect_failure({"embed", "--batch-size", "many"}, 2,
                 "--batch-size: expected an integer, got 'many'");
  expect_failure({"embed", "--model", "m", "--batch-size", "0"}, 2,
                 "--batch-size: expected 1 to 65536, got 0");
  expect_failure({"embed", "--limit", "99999999999999999999"}, 2,
                 "--limit: expected a smaller number, got '99999999999999999999'");
  expect_failure(
      {"embed", "--model", "m", "--output", "v.csv"}, 2,
      "--output: expected a file that ends in .npy, .safetensors or .jsonl, got 'v.csv'");
  expect_failure({"tokenize", "--threads", "2000"}, 2, "--threads: expected 0 to 1024, got 2000");
  expect_failure({"version", "extra"}, 2, "unexpected argument 'extra'");
  expect_failure({"man", "embd"}, 2,
                 "unknown command 'embd' (did you mean 'embed'?); see limbeck --help");
  expect_failure({"completion", "tcsh"}, 2, "SHELL: expected one of bash, zsh, fish, got 'tcsh'");
  expect_failure({"doctor", "extra"}, 2, "unexpected argument 'extra'");
  expect_failure({"assets", "path", "teachr"}, 2,
                 "asset 'teachr' is not one of: all-MiniLM-L6-v2, snippets, lexicon, wordnet, "
                 "SmolLM2-135M-Instruct");
}

TEST(Errors, OfDistillComeBeforeLibTorchIsLoaded) {
  expect_failure({"distill"}, 2,
                 "--teacher: expected a BERT model directory (see `limbeck assets fetch`)");
  expect_failure({"distill", "--loss", "l1"}, 2,
                 "--loss: expected one of cosine, mse, huber, got 'l1'");
  expect_failure(
      {"distill", "--teacher", "t", "--text", "a", "b", "--output", "o", "--resume", "--overwrite"},
      2, "--resume: expected either --resume or --overwrite, got both");
}

TEST(Errors, OfInputNameFileAndLine) {
  const TemporaryDirectory folder;
  const auto embed = [&](const std::string& input) {
    return std::vector<std::string>{"embed", "--model", small_student(), "--input", input};
  };
  const std::string absent = folder / "absent.txt";
  expect_failure(embed(absent), 3, absent + ": cannot open: No such file or directory");
  const std::string empty = folder.write("empty.txt", "");
  expect_failure(embed(empty), 3, empty + ": expected lines of text, got an empty file");
  const std::string latin1 = folder.write("latin1.txt", "the cat\nun caf\xE9\n");
  expect_failure(embed(latin1), 3,
                 latin1 + ":2:7: not valid UTF-8: byte 0xE9 (convert the file with iconv)");
  const std::string wide =
      folder.write("wide.txt", "the cat\n" + std::string(1'000'000, 'a') + "\n");
  expect_failure(embed(wide), 3,
                 wide +
                     ":2:1000000: expected a line of at most 999999 bytes (is this a text file "
                     "with one sentence a line?)");
  const std::string objects = folder.write("x.jsonl", "{\"body\": \"the cat\"}\n");
  expect_failure(embed(objects), 3, objects + ":1:1: expected a string under 'text'");
  expect_failure({"embed", "--model", small_student(), "--input", latin1, "the cat"}, 2,
                 "--input: expected either sentences as arguments or a file, got both");
  expect_failure({"embed", "--model", small_student(), "caf\xE9"}, 3,
                 "argument 1: not valid UTF-8");
}

TEST(Errors, OfModelsNameTheFile) {
  const TemporaryDirectory folder;
  const std::string gpt2 = folder / "gpt2";
  folder.write("gpt2/config.json", R"({"model_type": "gpt2"})");
  expect_failure({"embed", "--model", gpt2, "x"}, 3,
                 gpt2 +
                     "/config.json: model_type 'gpt2' is not supported here; known: bert, "
                     "limbeck_bilstm");
  const std::string absent = folder / "absent";
  const Outcome outcome = limbeck({"embed", "--model", absent, "x"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error,
            "limbeck: " + absent +
                ": no config.json (expected a model directory in the Hugging Face layout)\n");
  expect_failure({"eval", "--model", small_student(), "--device", "cuda"}, 3,
                 "--device: eval runs on the CPU only (give --device cpu)");
  expect_failure({"embed", "--model", small_student(), "--device", "cuda", "x"}, 3,
                 "--device: embed runs on the CPU only (give --device cpu)");
}

TEST(Errors, OfAHalfDownloadedAssetSayHowToGoOn) {
  const TemporaryDirectory cache;
  const SpawnOptions options = {.environment = {{"LIMBECK_CACHE", cache.path()}}};
  const std::string file = cache.write("assets/lexicon/vader_lexicon.txt", "half");
  expect_failure({"assets", "check", "lexicon"}, 3,
                 (cache / "assets/lexicon/LICENSE.txt").string() +
                     ": missing (run: limbeck assets fetch lexicon)",
                 options);
  cache.write("assets/lexicon/LICENSE.txt", "half");
  expect_failure({"assets", "check", "lexicon"}, 3,
                 file +
                     ": expected sha256 "
                     "1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5, got "
                     "a11ae06469c63740d7b0ecf802f282a0d46e94f31a654dfcd3c0dc6dc277f904 (run: "
                     "limbeck assets fetch lexicon)",
                 options);
  EXPECT_EQ(limbeck({"assets", "path", "lexicon"}, options).exit_code, 3);
}

/// Debian's WordNet is an asset that is never downloaded.
TEST(Assets, AreFoundAndWrittenAsText) {
  const Outcome path = limbeck({"assets", "path", "wordnet"});
  if (path.exit_code != 0) GTEST_SKIP() << "no WordNet here: " << path.error;
  EXPECT_EQ(path.output.back(), '\n');
  EXPECT_TRUE(std::filesystem::is_directory(path.output.substr(0, path.output.size() - 1)));
  const Outcome checked = limbeck({"assets", "check", "wordnet"});
  EXPECT_EQ(checked.exit_code, 0) << checked.error;
  const Outcome text = limbeck({"assets", "text", "wordnet"});
  EXPECT_EQ(text.exit_code, 0) << text.error;
  EXPECT_GT(std::ranges::count(text.output, '\n'), 1000);
}

TEST(Errors, AFullStandardOutputIsAnErrorAClosedOneIsNot) {
  expect_failure({"embed", "--model", small_student(), "the cat"}, 3,
                 "standard output: cannot write: No space left on device",
                 {.output_file = "/dev/full"});
  std::string lines;
  for (int i = 0; i < 10000; ++i) lines += "the cat\n";
  const Outcome closed =
      limbeck({"embed", "--model", small_student()}, {.input = lines, .has_closed_output = true});
  EXPECT_EQ(closed.exit_code, 0);
  EXPECT_EQ(closed.error, "");
}

TEST(Config, PrintedConfigReadsBackTheSame) {
  const TemporaryDirectory folder;
  for (const char* name :
       {"embed", "tokenize", "distill", "finetune", "eval", "compare", "inspect"}) {
    const Outcome first = limbeck({name, "--print-config", "--threads", "3"});
    ASSERT_EQ(first.exit_code, 0) << first.error;
    EXPECT_THAT(first.output, testing::HasSubstr("\"threads\": 3"));
    const std::string file = folder.write("config.json", first.output);
    EXPECT_EQ(limbeck({name, "--config", file, "--print-config"}).output, first.output);
  }
}

TEST(Config, DefaultsYieldToTheFileAndTheFileToTheCommandLine) {
  const TemporaryDirectory folder;
  const std::string file = folder.write("c.json", R"({"batch_size": 7, "dtype": "int8"})");
  const Outcome outcome =
      limbeck({"embed", "--dtype", "bfloat16", "--config", file, "--print-config"});
  EXPECT_THAT(outcome.output, testing::HasSubstr("\"batch_size\": 7"));
  EXPECT_THAT(outcome.output, testing::HasSubstr("\"dtype\": \"bfloat16\""));
  EXPECT_THAT(outcome.output, testing::HasSubstr("\"limit\": 0"));
}

TEST(Config, WrongFilesAreRefused) {
  const TemporaryDirectory folder;
  const std::string unknown = folder.write("unknown.json", R"({"shells": 1})");
  expect_failure({"version", "--config", unknown}, 2,
                 unknown +
                     ": unknown key 'shells'; known: threads, device, format, progress, "
                     "no_color");
  const std::string type = folder.write("type.json", R"({"threads": "two"})");
  expect_failure({"version", "--config", type}, 2,
                 type + ": key 'threads': expected number, got \"two\"");
  const std::string choice = folder.write("choice.json", R"({"format": "xml"})");
  expect_failure({"version", "--config", choice}, 2,
                 "--format: expected one of auto, human, json, quiet, got 'xml'");
  const std::string broken = folder.write("broken.json", "{\"threads\": ");
  expect_failure({"version", "--config", broken}, 3,
                 broken + ":1:12: not valid JSON (is the file complete?)");
}

}  // namespace
}  // namespace limbeck::test
