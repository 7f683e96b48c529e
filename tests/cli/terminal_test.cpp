#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "tests/cli/spawn.h"
#include "tests/support/temporary_directory.h"

namespace limbeck::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Everything that limbeck prints when a real terminal is its standard input, output and error.
std::string printed_on_terminal(const std::vector<std::string>& words, bool no_color = false) {
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child < 0) throw std::runtime_error("forkpty failed");
  if (child == 0) {
    no_color ? ::setenv("NO_COLOR", "1", 1) : ::unsetenv("NO_COLOR");
    std::vector<char*> argv = {const_cast<char*>(LIMBECK_PROGRAM)};
    for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  std::string text;
  char buffer[4096];
  for (ssize_t count; (count = ::read(terminal, buffer, sizeof buffer)) > 0;)  // EIO at the end
    text.append(buffer, static_cast<size_t>(count));
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(terminal);
  EXPECT_EQ(status, 0) << text;
  return text;
}

std::vector<std::string> embed_words(const TemporaryDirectory& folder) {
  return {"embed",    "--model",          small_student(), "--input", folder / "lines.txt",
          "--output", folder / "out.npy", "--overwrite"};
}

TEST(Terminal, ShowsABarWhereALogGetsLines) {
  const TemporaryDirectory folder;
  folder.write("lines.txt", "the cat\na man sings\n");
  const std::string shown = printed_on_terminal(embed_words(folder));
  EXPECT_THAT(shown, HasSubstr("\r\x1b[Kembed, bytes [########################] 100% 20/20 in "));
  const std::string logged = limbeck(embed_words(folder)).error;
  EXPECT_THAT(logged, testing::StartsWith("embed, bytes 100% 20/20 in 0m00s  2 sentences\n"));
  EXPECT_THAT(logged, Not(HasSubstr("\x1b")));
  EXPECT_THAT(logged, Not(HasSubstr("\r")));
}

TEST(Terminal, ShowsTheBarOfAPerplexity) {
  const TemporaryDirectory folder;
  const std::string text = folder.write("t.txt", "The market is there.\nThey are going home.\n");
  const std::string words = folder.write("w.txt", "market\n");
  const std::vector<std::string> plain = {
      "perplexity", "--model", std::string(LIMBECK_SOURCE_DIR) + "/tests/golden/causal/llama",
      "--text",     text,      "--context",
      "12"};
  std::vector<std::string> with_words = plain;
  with_words.insert(with_words.end(), {"--words", words});
  for (const std::vector<std::string>& command : {plain, with_words}) {
    const std::string shown = printed_on_terminal(command);
    EXPECT_THAT(shown, HasSubstr("\r\x1b[Kperplexity, tokens [########################] 100% "));
    EXPECT_THAT(shown, testing::ContainsRegex("perplexity [0-9.]+ over [0-9]+ tokens"));
  }
}

TEST(Terminal, ShowsNoBarWhenNotAskedFor) {
  const TemporaryDirectory folder;
  folder.write("lines.txt", "the cat\na man sings\n");
  std::vector<std::string> words = embed_words(folder);
  words.insert(words.end(), {"--progress", "never"});
  EXPECT_THAT(printed_on_terminal(words), Not(HasSubstr("embed, bytes")));
}

TEST(Terminal, HasColoursUnlessNoColorIsSet) {
  EXPECT_THAT(printed_on_terminal({"doctor"}), HasSubstr("\x1b["));
  EXPECT_THAT(printed_on_terminal({"doctor"}, /*no_color=*/true), Not(HasSubstr("\x1b[")));
  EXPECT_THAT(printed_on_terminal({"doctor", "--no-color"}), Not(HasSubstr("\x1b[")));
}

}  // namespace
}  // namespace limbeck::test
