#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

#include "nlp/core/atomic_file.h"
#include "nlp/core/json_file.h"
#include "nlp/core/sha256.h"
#include "tests/cli/distillation.h"
#include "tests/cli/stopped_run.h"
#include "tests/report_page/page_check.h"

namespace limbeck::test {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

TEST(DistillCommand, WithoutLibTorchSaysHowToGetIt) {
  if (can_train()) GTEST_SKIP() << "this build holds LibTorch";
  const Outcome outcome =
      limbeck({"distill", "--teacher", "t", "--text", "a.txt", "--output", "o"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error,
            "limbeck: distill: needs LibTorch, which this limbeck was built without (build with "
            "-DLIMBECK_WITH_TORCH=ON)\n");
}

TEST(DistillCommand, SaysWhichLibraryCannotBeLoaded) {
  // The loader's own words and exit code 127 once came out.
  if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  const TemporaryDirectory folder;
  const std::string file = folder.write("libtorch_cpu.so", "no library");
  const Outcome outcome = limbeck({"distill", "--teacher", "t", "--text", "a.txt", "--output", "o"},
                                  {.environment = {{"LD_LIBRARY_PATH", folder.path()}}});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error,
            "limbeck: distill: cannot load LibTorch: " + file +
                ": file too short (give LibTorch's lib folder in LD_LIBRARY_PATH, or build again "
                "after tools/bootstrap; see limbeck doctor)\n");
}

class TinyDistillation : public testing::Test {
 protected:
  void SetUp() override {
    if (!can_train()) GTEST_SKIP() << "this build has no LibTorch";
  }

  /// A run with `more` that must fail with this exit code and line, and write nothing.
  void expect_failure(const std::vector<std::string>& more, int exit_code,
                      const std::string& message) const {
    std::vector<std::string> options = {"--progress", "never"};
    options.insert(options.end(), more.begin(), more.end());
    const Outcome outcome = run_.run(options);
    EXPECT_EQ(outcome.exit_code, exit_code);
    EXPECT_EQ(outcome.error, "limbeck: " + message + "\n");
    EXPECT_EQ(outcome.output, "");
    EXPECT_FALSE(fs::exists(run_.output()));
  }

  /// The words of a run with another value of an option that words() gives.
  Outcome run_with(const std::string& flag, const std::string& value) const {
    std::vector<std::string> words = run_.words({"--progress", "never"});
    *(std::find(words.begin(), words.end(), flag) + 1) = value;
    return limbeck(words, {.environment = {{"LIMBECK_CACHE", run_.folder() / "cache"}}});
  }

  void expect_failure_with(const std::string& flag, const std::string& value, int exit_code,
                           const std::string& message) const {
    const Outcome outcome = run_with(flag, value);
    EXPECT_EQ(outcome.exit_code, exit_code) << flag << " " << value;
    EXPECT_EQ(outcome.error, "limbeck: " + message + "\n");
    EXPECT_FALSE(fs::exists(run_.output()));
  }

  const Distillation run_;
};

TEST_F(TinyDistillation, WritesAStudentThatEmbeds) {
  const Outcome outcome = run_.run({"--format", "json"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  const nlohmann::json result = parse_json(outcome.output, "stdout");
  EXPECT_EQ(result["output"], run_.output());
  EXPECT_EQ(result["sentences"], 200);
  EXPECT_EQ(result["training_sentences"], 180);
  EXPECT_EQ(result["steps"], 138);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(run_.output()))
    names.push_back(entry.path().filename());
  EXPECT_THAT(names,
              testing::UnorderedElementsAre(
                  "README.md", "best", "best.safetensors", "checkpoint-135", "checkpoint-138",
                  "config.json", "control", "events.out.tfevents.limbeck", "metrics.jsonl",
                  "model.safetensors", "report.html", "report.json", "run.json",
                  "special_tokens_map.json", "tokenizer_config.json", "vocab.txt"));
  const Outcome vector =
      limbeck({"embed", "--model", run_.output(), "--format", "json", "w1 w2 w3"});
  EXPECT_EQ(vector.exit_code, 0) << vector.error;
}

TEST_F(TinyDistillation, TakesGloveVectorsAttentionAndWatchesPairs) {
  std::string vectors, pairs = "sentence1\tsentence2\tscore\n";
  for (int i = 0; i < 45; ++i) {
    vectors += "w" + std::to_string(i);
    for (int e = 0; e < 16; ++e)
      vectors += " " + std::to_string(0.1 * ((i * 7 + e * 3) % 11) - 0.5);
    vectors += "\n";
    pairs += "w" + std::to_string(i) + " w1\tw" + std::to_string((i * 5) % 45) + " w2\t" +
             std::to_string(i % 6) + "\n";
  }
  run_.folder().write("attention.json",
                      R"({"embedding_width": 16, "hidden_width": 16, "pooling": "attention"})");
  std::vector<std::string> words =
      run_.words({"--progress", "never", "--embedding-init", "glove", "--glove",
                  run_.folder().write("glove.txt", vectors), "--pairs",
                  run_.folder().write("pairs.tsv", pairs), "--monitor", "pairs_spearman"});
  *(std::find(words.begin(), words.end(), "--student-config") + 1) =
      run_.folder() / "attention.json";
  const Outcome outcome =
      limbeck(words, {.environment = {{"LIMBECK_CACHE", run_.folder() / "cache"}}});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_EQ(read_json_file(run_.output() + "/config.json")["pooling"], "attention");
  EXPECT_THAT(read_file(run_.output() + "/metrics.jsonl"),
              testing::HasSubstr("\"pairs_spearman\":"));
  EXPECT_THAT(read_file(run_.output() + "/report.html"), testing::HasSubstr("GloVe, "));
  EXPECT_EQ(limbeck({"embed", "--model", run_.output(), "w1 w2 w3"}).exit_code, 0);
}

TEST_F(TinyDistillation, TwiceGivesTheSameBytesButForTimes) {
  ASSERT_EQ(run_.run().exit_code, 0);
  const auto first = run_.files();
  ASSERT_EQ(run_.run({"--overwrite"}).exit_code, 0);
  for (const auto& [name, content] : run_.files())
    EXPECT_TRUE(first.at(name) == content) << name << " differs";
  EXPECT_EQ(run_.files().size(), first.size());
}

TEST_F(TinyDistillation, RecordsTheRun) {
  ASSERT_EQ(run_.run({"--seed", "7"}).exit_code, 0);
  const nlohmann::json record = read_json_file(run_.output() + "/run.json");
  std::vector<std::string> line = run_.words({"--seed", "7"});
  line.insert(line.begin(), "limbeck");
  EXPECT_EQ(record["command_line"], nlohmann::json(line));
  EXPECT_EQ(record["options"]["epochs"], 6);
  EXPECT_EQ(record["options"]["text"][0], run_.text());
  EXPECT_EQ(record["seeds"], nlohmann::json({{"seed", 7}}));
  EXPECT_EQ(record["threads"], 2);
  for (const char* name : {"limbeck", "compiler", "LibTorch", "ICU"})
    EXPECT_NE(record["versions"].value(name, ""), "") << name;
  std::map<std::string, std::string> hashes;
  for (const auto& input : record["inputs"]) hashes[input["path"]] = input["sha256"];
  for (const std::string& file :
       {run_.text(), tiny_teacher() + "/model.safetensors", tiny_teacher() + "/config.json",
        tiny_teacher() + "/vocab.txt", (run_.folder() / "student.json").string()})
    EXPECT_EQ(hashes[file], sha256_hex_of_file(file)) << file;
  const std::string started = record["started"], ended = record["ended"];
  EXPECT_THAT(started, testing::MatchesRegex("20[0-9-]+T[0-9:]+Z"));
  EXPECT_GE(ended, started);
}

TEST_F(TinyDistillation, ThatWasKilledHasARecordWithoutAnEnd) {
  const std::string file = run_.output() + "/run.json";
  const Outcome killed = run_until_stopped(
      run_.output(), [&] { return run_.run({}, {.stop_when = [&] { return fs::exists(file); }}); },
      [&] { return !read_json_file(file)["ended"].is_null(); });
  ASSERT_EQ(killed.exit_code, 128 + SIGKILL) << killed.error;
  EXPECT_TRUE(read_json_file(file)["ended"].is_null());
  const std::string started = read_json_file(file)["started"];
  ASSERT_EQ(run_.run({"--resume"}).exit_code, 0);
  const nlohmann::json record = read_json_file(file);
  EXPECT_EQ(record["started"], started);
  EXPECT_EQ(record["command_line"].back(), "--resume");
  ASSERT_EQ(record["earlier_runs"].size(), 1U);
  EXPECT_EQ(record["earlier_runs"][0]["command_line"].back(), "2");  // the first command
  EXPECT_TRUE(record["earlier_runs"][0]["ended"].is_null());
  EXPECT_TRUE(record["ended"].is_string());
  EXPECT_EQ(record["resumed"]["threads"], 2);
}

TEST_F(TinyDistillation, DrawsAPageWithoutFault) {
  const auto chromium = page_check::find_chromium();
  if (!chromium) GTEST_SKIP() << "no Chromium here (apt-get install chromium)";
  ASSERT_EQ(run_.run().exit_code, 0);
  page_check::Browser browser(*chromium);
  EXPECT_THAT(page_check::check_page(browser, run_.output() + "/report.html"), IsEmpty());
}

TEST_F(TinyDistillation, RefusesAnOutputThatIsNotEmpty) {
  const std::string kept = run_.folder().write("student/mine.txt", "mine");
  const Outcome refused = run_.run({"--progress", "never"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.error, "limbeck: " + run_.output() +
                               ": not empty (give --overwrite to replace it or --resume to "
                               "continue)\n");
  EXPECT_EQ(read_file(kept), "mine");
  EXPECT_EQ(run_.run({"--overwrite"}).exit_code, 0);
  EXPECT_FALSE(fs::exists(kept));
}

TEST_F(TinyDistillation, KeepsTheOldOutputWhenTheInputsOfTheNewAreBad) {
  // --overwrite once emptied the directory before it had read a line of the text.
  const std::string kept = run_.folder().write("student/mine.txt", "mine");
  run_.folder().write("text.txt", "");
  EXPECT_EQ(run_.run({"--overwrite"}).exit_code, 3);
  EXPECT_EQ(read_file(kept), "mine");
  EXPECT_THAT(run_.half_written(), IsEmpty());
}

TEST_F(TinyDistillation, KeepsTheOldOutputWhenTheNewCannotBeMade) {
  // The student was once gone by then, and run.json in its place.
  const std::string kept = run_.folder().write("student/mine.txt", "mine");
  const Outcome pieces =
      run_.run({"--overwrite", "--own-vocabulary", "5000", "--embedding-init", "random"});
  EXPECT_EQ(pieces.exit_code, 2);
  EXPECT_THAT(pieces.error, testing::HasSubstr("sentencepiece: cannot learn 5000 pieces"));
  run_.folder().write("cache", "a file");
  const Outcome cache = run_.run({"--overwrite"});
  EXPECT_EQ(cache.exit_code, 3);
  EXPECT_THAT(cache.error, testing::HasSubstr(": cannot create: Not a directory (set LIMBECK_CACHE "
                                              "to a folder you own)\n"));
  EXPECT_EQ(run_.files(), (std::map<std::string, std::string>{{"mine.txt", "mine"}}));
  EXPECT_EQ(read_file(kept), "mine");
}

TEST_F(TinyDistillation, LeavesNothingWhenItsVocabularyCannotBeLearnt) {
  // What it left once made the corrected command fail with "not empty".
  const Outcome outcome = run_.run({"--own-vocabulary", "5000", "--embedding-init", "random"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_FALSE(fs::exists(run_.output()));
  expect_failure({"--own-vocabulary", "4294967296", "--embedding-init", "random"}, 2,
                 "--own-vocabulary: expected 0 or 64 to 1000000, got 4294967296");
}

TEST_F(TinyDistillation, ReadsTextFromAPipeAndRefusesOneForWhatIsReadTwice) {
  std::vector<std::string> words = run_.words({"--max-steps", "2", "--progress", "never"});
  *(std::find(words.begin(), words.end(), "--text") + 1) = "/dev/stdin";
  const SpawnOptions options = {.input = tiny_text(200),
                                .environment = {{"LIMBECK_CACHE", run_.folder() / "cache"}}};
  words.insert(words.end(), {"--pairs", "/dev/stdin"});
  const Outcome refused = limbeck(words, options);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(refused.error,
            "limbeck: --pairs: expected a file, got '/dev/stdin', a pipe or a device (it is read "
            "more than once)\n");
  words.resize(words.size() - 2);
  EXPECT_EQ(limbeck(words, options).exit_code, 0);
}

TEST_F(TinyDistillation, RefusesAMonitorBeforeAnythingIsComputed) {
  // It was once looked at in the first evaluation, after the teacher's vectors.
  expect_failure({"--monitor", "validation_los"}, 2,
                 "--monitor: expected one of validation_loss, retrieval_at_1, got "
                 "'validation_los'");
  expect_failure({"--monitor", "pairs_spearman"}, 2,
                 "--monitor: expected one of validation_loss, retrieval_at_1, got "
                 "'pairs_spearman'");
  EXPECT_FALSE(fs::exists(run_.folder() / "cache"));
}

TEST_F(TinyDistillation, ResumesNothingButItsOwnRuns) {
  // Other directories were once written over, from step 0.
  const std::string kept = run_.folder().write("student/mine.txt", "mine");
  const Outcome foreign = run_.run({"--resume", "--progress", "never"});
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_EQ(foreign.error,
            "limbeck: " + run_.output() +
                ": --resume: expected a run of limbeck distill, found no run.json (give another "
                "--output, or --overwrite to replace what is there)\n");
  run_.folder().write("student/run.json", R"({"command_line": ["limbeck", "finetune"]})");
  EXPECT_THAT(run_.run({"--resume", "--progress", "never"}).error,
              testing::HasSubstr("expected a run of limbeck distill, found one of limbeck "
                                 "finetune (give"));
  EXPECT_EQ(read_file(kept), "mine");
  EXPECT_EQ(run_.files().size(), 1u);
  fs::remove_all(run_.output());
  fs::create_directory(run_.output());
  EXPECT_EQ(run_.run({"--resume", "--max-steps", "2"}).exit_code, 0);
}

TEST_F(TinyDistillation, RefusesAnOutputDirectoryInUse) {
  const std::string lock_file = run_.folder().write("student/.lock", "4711");
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_EQ(::flock(lock, LOCK_EX), 0);
  const Outcome outcome = run_.run({"--progress", "never"});
  ::close(lock);
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + run_.output() +
                               ": in use by process 4711 (wait for it, or choose another "
                               "--output)\n");
  EXPECT_EQ(outcome.output, "");
}

TEST_F(TinyDistillation, RefusesAnOutputThatIsAFile) {
  const std::string file = run_.folder().write("student", "mine");
  const Outcome outcome = run_.run({"--overwrite", "--progress", "never"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_EQ(outcome.error,
            "limbeck: " + file + ": expected a directory for --output, got a file\n");
  EXPECT_EQ(read_file(file), "mine");
}

TEST_F(TinyDistillation, NamesFileAndLineOfBadText) {
  run_.folder().write("text.txt", "");
  expect_failure({}, 3, run_.text() + ": expected lines of text, got an empty file");
  run_.folder().write("text.txt", "\n  \n\n");
  expect_failure({}, 3,
                 run_.text() +
                     ": no sentence left of 3 lines (3 blank, 0 too short, 0 too long, 0 held "
                     "out)");
  run_.folder().write("text.txt", tiny_text(100) + "caf\xE9 w1\n");
  expect_failure({}, 3,
                 run_.text() + ":101:4: not valid UTF-8: byte 0xE9 (convert the file with iconv)");
  fs::remove(run_.text());
  expect_failure({}, 3, run_.text() + ": cannot open: No such file or directory");
}

TEST_F(TinyDistillation, RefusesALineOfAMegabyte) {
  std::string line;
  while (line.size() < 1'000'000) line += "w1 w2 ";
  run_.folder().write("text.txt", tiny_text(200) + line + "\n");
  expect_failure({}, 3,
                 run_.text() +
                     ":201:1000000: expected a line of at most 999999 bytes (is this a text file "
                     "with one sentence a line?)");
  EXPECT_FALSE(fs::exists(run_.output()));
}

TEST_F(TinyDistillation, KeepsHeldOutSentencesOutOfTraining) {
  const std::string ten_of_the_text = run_.folder().write("dev.txt", tiny_text(10));
  const Outcome outcome = run_.run({"--held-out", ten_of_the_text, "--max-steps", "10"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(read_file(run_.output() + "/README.md"),
              testing::HasSubstr("190, 170 of them trained on; 10 lines of text held out"));
}

TEST_F(TinyDistillation, RefusesToHoldOutEverySentence) {
  const std::string all = run_.folder().write("dev.txt", tiny_text(200));
  expect_failure({"--held-out", all}, 3,
                 run_.text() +
                     ": no sentence left of 200 lines (0 blank, 0 too short, 0 too long, 200 held "
                     "out)");
}

TEST_F(TinyDistillation, NeverWritesOverWhatItReads) {
  const std::string pairs = run_.folder().write("student/pairs.tsv", "sentence1\n");
  for (const char* mode : {"--overwrite", "--resume"}) {
    const Outcome outcome = run_.run({"--pairs", pairs, mode, "--progress", "never"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.error, "limbeck: --output: " + run_.output() + " holds " + pairs +
                                 ", which is read (give another directory)\n");
  }
  EXPECT_EQ(read_file(pairs), "sentence1\n");
}

TEST_F(TinyDistillation, ShowsEachEvaluationSoThatACollapseIsSeen) {
  const Outcome outcome = run_.run({"--max-steps", "14", "--progress", "always"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.error,
              testing::ContainsRegex("distil: evaluation at step 7: baseline_loss [0-9.]+, "
                                     "retrieval_at_1 [0-9.]+, validation_loss [0-9.]+\n"));
}

TEST_F(TinyDistillation, RefusesTooManyValidationSentences) {
  expect_failure_with("--validation-count", "101", 2,
                      "--validation-count: expected at most half of the 200 sentences, got 101");
}

TEST_F(TinyDistillation, RefusesAWrongStudent) {
  const std::string file = run_.folder().write("student.json", R"({"embeding_width": 16})");
  expect_failure({}, 2,
                 file +
                     ": unknown key 'embeding_width'; known: vocabulary_size, embedding_width, "
                     "hidden_width, layers, pooling, attention_width, projection_width, "
                     "max_length, normalize");
  run_.folder().write("student.json", R"({"projection_width": 16})");
  expect_failure({}, 2, file + ": key 'projection_width': expected the teacher's width 32, got 16");
  run_.folder().write("student.json", R"({"pooling": "sum"})");
  expect_failure({}, 2, "student: pooling: expected last, mean, max or attention, got 'sum'");
  run_.folder().write("student.json", R"({"hidden_width": 1048576})");
  expect_failure({}, 2, "student: hidden_width: expected 1 to 65536, got 1048576");
  run_.folder().write("student.json", R"({"hidden_width": 65536})");
  expect_failure({}, 2,
                 "student: expected at most 1073741824 weights, got 34432090272 (give smaller "
                 "widths)");
  run_.folder().write("student.json", R"({"layers": )");
  expect_failure({}, 3, file + ":1:11: not valid JSON (is the file complete?)");
  run_.folder().write("student.json", R"({"embedding_width": 64})");
  expect_failure({}, 2,
                 "embedding_width: expected 1 to 32, the width of the table that the components "
                 "are of, got 64");
}

TEST_F(TinyDistillation, RefusesATeacherThatIsNotOne) {
  const std::string gpt2 = run_.folder() / "gpt2";
  run_.folder().write("gpt2/config.json", R"({"model_type": "gpt2"})");
  expect_failure_with(
      "--teacher", gpt2, 3,
      gpt2 + "/config.json: model_type 'gpt2' is not supported here; known: bert, limbeck_bilstm");
  expect_failure_with(
      "--teacher", small_student(), 3,
      small_student() + "/config.json: expected model_type 'bert' (a student is loaded elsewhere)");
  const std::string absent = run_.folder() / "absent";
  expect_failure_with(
      "--teacher", absent, 3,
      absent + ": no config.json (expected a model directory in the Hugging Face layout)");
}

TEST_F(TinyDistillation, RefusesATeacherThatIsNotWhole) {
  const fs::path half = run_.folder() / "half";
  fs::copy(tiny_teacher(), half);
  fs::remove(half / "model.safetensors");
  expect_failure_with(
      "--teacher", half, 3,
      half.string() +
          ": expected model.safetensors or model.safetensors.index.json, found neither");
  fs::copy(fs::path(tiny_teacher()) / "model.safetensors", half);
  fs::resize_file(half / "model.safetensors", 50'000);
  expect_failure_with("--teacher", half, 3,
                      (half / "model.safetensors").string() +
                          ": tensor 'encoder.layer.0.output.dense.weight': its data end at byte "
                          "48288, the file has 46200 (is it complete?)");
  fs::remove(half / "vocab.txt");
  expect_failure_with(
      "--teacher", half, 3,
      half.string() + ": no tokenizer (looked for tokenizer.json, vocab.txt, spm.model)");
}

TEST_F(TinyDistillation, RefusesLayersThatTheTeacherLacks) {
  expect_failure({"--layers", "3"}, 2, "--layers: expected 1 to 2, got 3");
}

TEST_F(TinyDistillation, RefusesPairsWithoutScores) {
  const std::string file = run_.folder().write("pairs.tsv", "sentence1\tsentence2\nw1\tw2\n");
  expect_failure({"--pairs", file}, 3, file + ":1: expected a column named 'score'");
}

TEST_F(TinyDistillation, RefusesABadGloveFile) {
  const std::string file = run_.folder().write("glove.txt", "w1 0.5 0.5\nw2 0.5\n");
  expect_failure({"--embedding-init", "glove", "--glove", file}, 3,
                 file + ":1: expected a word and 16 numbers, got 2 (is it a file of this width?)");
}

TEST_F(TinyDistillation, LeavesNothingHalfWrittenOnAFullDisk) {
  const Outcome outcome = run_.run({"--progress", "never"}, {.largest_file = 20'000});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_EQ(outcome.error, "limbeck: " + run_.output() +
                               "/control/model.safetensors: cannot write: File too large (make "
                               "room; --resume goes on with a run that has begun)\n");
  EXPECT_THAT(run_.half_written(), IsEmpty());
}

}  // namespace
}  // namespace limbeck::test
