#include "nlp/report/run_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "nlp/core/errors.h"
#include "nlp/core/json_file.h"

namespace limbeck::nlp {
namespace {

TEST(RunRecord, ReadsTheProcessor) {
  const CpuDescription x86 = parse_cpu_description(
      "processor\t: 0\nmodel name\t: Some CPU 9000\nflags\t\t: sse2 avx2 avx\n"
      "processor\t: 1\nmodel name\t: Other\nflags\t\t: none\n");
  EXPECT_EQ(x86.model, "Some CPU 9000");
  EXPECT_THAT(x86.flags, testing::ElementsAre("avx", "avx2", "sse2"));
  EXPECT_THAT(parse_cpu_description("Features\t: fp asimd\n").flags,
              testing::ElementsAre("asimd", "fp"));
  EXPECT_TRUE(parse_cpu_description("model name\t:\nflags\t:").flags.empty());
}

TEST(RunRecord, QuotesTheCommandForAShell) {
  EXPECT_EQ(shell_line({"limbeck", "embed", "it's", "", "a b", "--x=1"}),
            R"(limbeck embed 'it'\''s' '' 'a b' --x=1)");
  const std::string awkward = "a\"$HOME`id`\\ *'b";
  FILE* shell = ::popen(("printf %s " + shell_line({awkward})).c_str(), "r");
  ASSERT_NE(shell, nullptr);
  std::string read(200, '\0');
  read.resize(std::fread(read.data(), 1, read.size(), shell));
  ::pclose(shell);
  EXPECT_EQ(read, awkward);
}

TEST(RunRecord, HoldsWhatIsNeededToRepeatARun) {
  std::string folder = (std::filesystem::temp_directory_path() / "limbeck-run-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const std::filesystem::path path = folder;
  std::ofstream(path / "text.txt") << "abc";
  RunRecord record;
  record.command_line = {"limbeck", "distill", "--seed", "7"};
  record.options["seed"] = 7;
  record.seeds["data"] = 7;
  record.versions = {{"limbeck", "0.1.0"}, {"compiler", compiler_version()}};
  record.threads = 2;
  record.inputs = {describe_input(path / "text.txt")};
  record.started = utc_timestamp();
  write_run_record(path, record);
  const nlohmann::json json = read_json_file(path / "run.json");
  EXPECT_EQ(json["schema"], "limbeck-run");
  EXPECT_EQ(json["command"], "limbeck distill --seed 7");
  EXPECT_EQ(json["inputs"][0]["sha256"],
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(json["inputs"][0]["bytes"], 3);
  EXPECT_TRUE(json["ended"].is_null());
  EXPECT_THAT(json["started"].get<std::string>(), testing::MatchesRegex("20..-..-..T..:..:..Z"));
  EXPECT_THROW(describe_input(path / "absent"), DataError);
  std::filesystem::remove_all(path);
}

}  // namespace
}  // namespace limbeck::nlp
