#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <regex>
#include <set>
#include <sstream>

#include "nlp/core/atomic_file.h"
#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kCommands = {
    "tokenize",          "embed",    "distill",    "finetune",   "eval",     "compare", "certify",
    "check-certificate", "generate", "perplexity", "audit",      "train-lm", "debias",  "assets",
    "inspect",           "report",   "doctor",     "completion", "man",      "version"};

/// The flags that start a line of help.
std::set<std::string> flags_of(const std::string& help) {
  std::set<std::string> flags;
  std::istringstream lines(help);
  const std::regex flag("^  (?:-h, )?--([a-z0-9-]+)");
  for (std::string line; std::getline(lines, line);)
    if (std::smatch match; std::regex_search(line, match, flag)) flags.insert(match[1]);
  return flags;
}

/// What bash offers after these words.
std::string completed(const std::string& words, int position) {
  const TemporaryDirectory folder;
  const auto script = folder.write("limbeck.bash", limbeck({"completion", "bash"}).output);
  return spawn({"bash", "-c",
                "source " + script.string() + "; COMP_WORDS=(" + words + "); COMP_CWORD=" +
                    std::to_string(position) + "; _limbeck; printf '%s\\n' \"${COMPREPLY[@]}\""})
      .output;
}

TEST(Help, OverviewNamesEveryCommand) {
  const Outcome outcome = limbeck({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_EQ(outcome.error, "");
  for (const std::string& name : kCommands) EXPECT_THAT(outcome.output, HasSubstr("\n  " + name));
}

TEST(Help, OfEveryCommandGoesToStandardOutput) {
  for (const std::string& name : kCommands) {
    const Outcome outcome = limbeck({name, "--help"});
    EXPECT_EQ(outcome.exit_code, 0) << name;
    EXPECT_EQ(outcome.error, "") << name;
    EXPECT_THAT(outcome.output, HasSubstr("Usage: limbeck " + name + " [OPTIONS]"));
    EXPECT_THAT(outcome.output, HasSubstr("Exit status:\n  0 "));
    EXPECT_THAT(outcome.output, Not(HasSubstr("\x1b")));
    EXPECT_EQ(limbeck({"help", name}).output, outcome.output);
    EXPECT_EQ(limbeck({name, "-h"}).output, outcome.output);
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100u) << line;
  }
}

TEST(Help, EveryOptionStandsInManAndCompletionsToo) {
  const std::string zsh = limbeck({"completion", "zsh"}).output;
  const std::string fish = limbeck({"completion", "fish"}).output;
  for (const std::string& name : kCommands) {
    const std::set<std::string> flags = flags_of(limbeck({name, "--help"}).output);
    EXPECT_GE(flags.size(), 6u) << name;
    const std::string man = limbeck({"man", name}).output;
    const std::string bash = completed("limbeck " + name + " --", 2);
    const std::string zsh_part = zsh.substr(zsh.find("    " + name + ")\n"));
    for (const std::string& flag : flags) {
      const std::string in_roff = std::regex_replace(flag, std::regex("-"), "\\-");
      EXPECT_THAT(man, HasSubstr("\\-\\-" + in_roff)) << name;
      EXPECT_THAT(bash, HasSubstr("--" + flag + "\n")) << name;
      EXPECT_THAT(zsh_part.substr(0, zsh_part.find(";;")), HasSubstr("--" + flag)) << name;
      EXPECT_THAT(fish, HasSubstr("__fish_seen_subcommand_from " + name + "'"));
      EXPECT_THAT(fish, HasSubstr(" -l " + flag)) << name;
    }
  }
}

TEST(BashCompletion, OffersCommandsOptionsWordsAndFolders) {
  EXPECT_EQ(completed("limbeck em", 1), "embed\n");
  EXPECT_EQ(completed("limbeck embed --ou", 2), "--output\n");
  EXPECT_EQ(completed("limbeck embed --dtype ''", 3), "float32\nbfloat16\nint8\n");
  EXPECT_EQ(completed("limbeck assets f", 2), "fetch\n");
  EXPECT_EQ(completed("limbeck completion ''", 2), "bash\nzsh\nfish\n");
  const TemporaryDirectory folder;
  folder.write("model/config.json", "{}");
  folder.write("file.txt", "");
  const std::string start = (folder.path() / "").string();
  EXPECT_EQ(completed("limbeck embed --model " + start, 3), start + "model\n");
  EXPECT_THAT(completed("limbeck embed --input " + start, 3), HasSubstr(start + "file.txt\n"));
}

TEST(ManPages, AreReadByManWithoutWarnings) {
  if (spawn({"man", "--version"}).exit_code != 0) GTEST_SKIP() << "man-db is not installed";
  const TemporaryDirectory folder;
  std::vector<std::string> pages = kCommands;
  pages.push_back("limbeck");
  for (const std::string& name : pages) {
    const Outcome page = limbeck({"man", name});
    ASSERT_EQ(page.exit_code, 0);
    const auto file = folder.write(name + ".1", page.output);
    const Outcome outcome =
        spawn({"man", "-l", "--warnings", file.string()}, {.environment = {{"MANWIDTH", "80"}}});
    EXPECT_EQ(outcome.exit_code, 0) << name;
    EXPECT_EQ(outcome.error, "") << name;
    EXPECT_THAT(outcome.output, HasSubstr("EXIT STATUS")) << name;
  }
}

TEST(ManPages, AreAllWrittenAtOnce) {
  const TemporaryDirectory folder;
  EXPECT_EQ(limbeck({"man", "--write-all", folder.path()}).exit_code, 0);
  EXPECT_EQ(read_file(folder / "limbeck.1"), limbeck({"man"}).output);
  for (const std::string& name : kCommands)
    EXPECT_EQ(read_file(folder / ("limbeck-" + name + ".1")), limbeck({"man", name}).output);
}

TEST(Version, IsPrintedByOptionAndByCommand) {
  const std::string line = limbeck({"--version"}).output;
  EXPECT_TRUE(std::regex_match(line, std::regex("limbeck [0-9]+\\.[0-9]+\\.[0-9]+\n"))) << line;
  EXPECT_THAT(limbeck({"version"}).output, HasSubstr(line.substr(0, line.size() - 1)));
}

TEST(Doctor, ExaminesWithoutColoursInAPipe) {
  const TemporaryDirectory cache;
  const Outcome outcome = limbeck({"doctor"}, {.environment = {{"LIMBECK_CACHE", cache.path()}}});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
  EXPECT_THAT(outcome.output, Not(HasSubstr("\x1b")));
  EXPECT_THAT(outcome.output, HasSubstr("missing  asset lexicon           " +
                                        (cache / "assets/lexicon/vader_lexicon.txt").string() +
                                        ": missing (run: limbeck assets fetch lexicon)\n"));
  const Outcome json = limbeck({"doctor", "--format", "json"});
  EXPECT_THAT(json.output, HasSubstr("\"threads\": {"));
}

}  // namespace
}  // namespace limbeck::test
